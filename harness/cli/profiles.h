// Where the profiles of generated documents lie.
#pragma once

#include <filesystem>
#include <string>

namespace splitscope::cli {

/// The file of the profile called `name`. Errors: UsageError that says which ones there are.
[[nodiscard]] std::filesystem::path profile_file(const std::filesystem::path& home,
                                                 const std::string& name);

}  // namespace splitscope::cli
