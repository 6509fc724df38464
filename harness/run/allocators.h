// Which allocators a child can run on, and where their libraries lie.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace splitscope::run {

/// "system", "jemalloc", "tcmalloc".
[[nodiscard]] const std::vector<std::string>& allocator_names();

/// Throws UsageError unless the name is known and, for other than "system", its library is
/// installed; the message says which package has it.
void check_allocator(const std::string& name);

/// The library to preload; nothing for "system" or where it is not installed.
[[nodiscard]] std::optional<std::filesystem::path> allocator_library(const std::string& name);

/// What the library itself says, "5.3.0-0-g..." or "gperftools 2.10"; empty when unknown. Asks a
/// process of this program that has it preloaded.
[[nodiscard]] std::string allocator_version(const std::string& name);

/// That process: prints the version of the allocator that it runs on. Returns the exit code.
int print_allocator_version();

/// The shim that counts the heap: what came with the program, or $SPLITSCOPE_HEAP_SHIM.
[[nodiscard]] std::optional<std::filesystem::path> heap_shim();

}  // namespace splitscope::run
