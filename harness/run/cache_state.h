// Brings the page cache into a known state before a sample.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/case.h"

namespace splitscope::run {

/// The regular files that `input` stands for: itself, or those in the folder, sorted by name.
[[nodiscard]] std::vector<std::filesystem::path> files_of(const std::filesystem::path& input);

/// Sum of the sizes of files_of() over all inputs.
[[nodiscard]] std::uint64_t total_size(const std::vector<std::filesystem::path>& inputs);

/// Reads the inputs through (warm) or drops their pages and asks the kernel whether they are gone
/// (cold). Returns why the state was not reached, or nothing.
/// Errors: std::system_error that names the file.
[[nodiscard]] std::optional<std::string> set_cache_state(
    const std::vector<std::filesystem::path>& inputs, CacheState state);

/// Bytes of the file that are in the page cache.
[[nodiscard]] std::uint64_t cached_bytes(const std::filesystem::path& file);

}  // namespace splitscope::run
