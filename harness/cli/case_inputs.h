// The user's own files are checked once before a run, in this process: never in a measured one.
#pragma once

#include <filesystem>
#include <vector>

#include "harness/cli/program.h"
#include "harness/run/case.h"

namespace splitscope::cli {

/// check_inputs (formats/split/check_inputs.h) of `files`, the inputs that the user named, unless
/// all cases only upload them. What was generated has digests of its own. Errors: those of
/// check_inputs.
void check_case_inputs(const Program& program, const std::vector<run::CaseSpec>& cases,
                       const std::vector<std::filesystem::path>& files);

}  // namespace splitscope::cli
