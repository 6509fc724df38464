#include "harness/cli/case_inputs.h"

#include <algorithm>

#include "formats/split/check_inputs.h"
#include "harness/run/catalogs.h"

namespace splitscope::cli {

void check_case_inputs(const Program& program, const std::vector<run::CaseSpec>& cases,
                       const std::vector<std::filesystem::path>& files) {
  const bool are_read = std::any_of(cases.begin(), cases.end(), [&](const run::CaseSpec& spec) {
    const auto& workload = run::find_workload(program.catalogs, spec.workload);
    return workload.input != workloads::WorkloadInput::kNone &&
           workload.need != workloads::WorkloadNeed::kS3Server;
  });
  if (files.empty() || !are_read) return;
  AccessCounters counters;
  formats::check_inputs(
      *program.catalogs.make_strategy(program.catalogs.reference_strategy, counters), files);
}

}  // namespace splitscope::cli
