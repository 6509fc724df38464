// `run --resume`: whether what lies there is the beginning of this very run.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/cli/program.h"
#include "harness/result/json_reader.h"
#include "harness/run/sample.h"

namespace splitscope::cli {

/// "sha256:<hex>" over what is planned: ids, repetitions, time limits, options, the timeline's
/// rate.
[[nodiscard]] std::string plan_digest(const std::vector<run::CaseResult>& planned,
                                      int sample_interval_us);

/// "sha256:<hex>" over this program and the libraries that it measures with.
[[nodiscard]] std::string program_digest(const Program& program,
                                         const std::vector<std::filesystem::path>& plugins);

/// Moves the finished samples of `stored` into `planned`. Errors: UsageError that says what differs
/// between the two plans; `digest` is plan_digest(planned).
void take_samples(const result::StoredResults& stored, const std::string& file,
                  const std::string& suite, const std::string& digest,
                  std::vector<run::CaseResult>& planned);

/// For a run that is finished: errors are a UsageError that says that it was another plan, or that
/// one of `inputs` (label -> digest) is not what was measured; empty digest: no such plan was
/// given.
void check_same_run(const result::StoredResults& stored, const std::string& file,
                    const std::string& digest, const std::map<std::string, std::string>& inputs);

/// Errors: UsageError that says what differs between the two contexts: the program, the machine, an
/// input.
void check_same_surroundings(const result::StoredResults& stored, const std::string& file,
                             const nlohmann::ordered_json& context);

}  // namespace splitscope::cli
