// What this machine adds to every figure: a process that does nothing.
#pragma once

#include <filesystem>
#include <string>

#include "harness/cli/program.h"

namespace splitscope::cli {

/// Starts an empty program and an idle child under `allocator` and prints what each has resident.
/// Samples run below `cache_folder`. Errors: UsageError for the allocator, std::runtime_error,
/// Interrupted.
void list_machine(const Program& program, const std::string& allocator,
                  const std::filesystem::path& cache_folder);

}  // namespace splitscope::cli
