// The user's own files are checked once before a run, in this process: never in a measured one.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/cli/program.h"
#include "harness/run/case.h"
#include "harness/run/inputs.h"
#include "harness/run/sample.h"

namespace splitscope::cli {

/// check_inputs (formats/split/check_inputs.h) of `files`, the inputs that the user named, unless
/// all cases only upload them. What was generated has digests of its own. Errors: those of
/// check_inputs.
void check_case_inputs(const Program& program, const std::vector<run::CaseSpec>& cases,
                       const std::vector<std::filesystem::path>& files);

/// All that decides about a generated input's bytes besides its size, count and seed.
[[nodiscard]] run::GeneratorSource generator_source(const Program& program);

/// Gives the cases of `results` their inputs, generating what is not there. Returns label ->
/// digest. Errors: those of InputCache::get().
[[nodiscard]] std::map<std::string, std::string> find_inputs(const Program& program,
                                                             run::InputCache& cache,
                                                             std::vector<run::CaseResult>& results);

}  // namespace splitscope::cli
