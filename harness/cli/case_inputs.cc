#include "harness/cli/case_inputs.h"

#include <algorithm>

#include "base/strict_json.h"
#include "formats/split/check_inputs.h"
#include "harness/cli/profiles.h"
#include "harness/result/build_info.h"
#include "harness/run/catalogs.h"
#include "harness/run/input_manifest.h"
#include "workloads/corpus/generator_version.h"

namespace splitscope::cli {

namespace fs = std::filesystem;

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

run::GeneratorSource generator_source(const Program& program) {
  return [home = program.home](const run::InputSpec& spec) {
    constexpr std::uint64_t kMaxProfileBytes = 1 << 20;
    const fs::path file = profile_file(home, spec.profile);
    return read_small_file(file, kMaxProfileBytes) + '\n' +
           std::string(workloads::kGeneratorVersion) + "\nzstd " + result::BuildInfo::zstd +
           "\nlz4 " + result::BuildInfo::lz4;
  };
}

std::map<std::string, std::string> find_inputs(const Program& program, run::InputCache& cache,
                                               std::vector<run::CaseResult>& results) {
  std::map<std::string, std::string> digests;
  for (run::CaseResult& result : results) {
    run::CaseSpec& spec = result.spec;
    if (spec.generated) {
      const run::InputSet set = cache.get(*spec.generated);
      spec.inputs = set.for_workload(run::find_workload(program.catalogs, spec.workload).input);
      digests[spec.id.input] = set.digest;
    } else if (!spec.inputs.empty() && digests.count(spec.id.input) == 0) {
      digests[spec.id.input] = run::digest_of_inputs(spec.inputs);
    }
  }
  return digests;
}

}  // namespace splitscope::cli
