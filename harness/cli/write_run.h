// Leaves what was measured in a folder: results.json and summary.md.
#pragma once

#include <filesystem>
#include <vector>

#include "harness/result/context.h"
#include "harness/run/sample.h"

namespace splitscope::cli {

/// Completes `context` with what the results and the machine say. Errors: std::system_error.
void write_run(result::ContextOptions context, const std::filesystem::path& folder,
               const std::vector<run::CaseResult>& results);

}  // namespace splitscope::cli
