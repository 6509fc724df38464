// What inputs are called in messages.
#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace splitscope {

/// From now on input_name() tells `inputs` apart. For the start of a verb: not while threads run.
void tell_apart(std::span<const std::filesystem::path> inputs);

/// The last part of the path; all of it when tell_apart() saw two inputs that share their last
/// part. Any thread.
[[nodiscard]] std::string input_name(const std::filesystem::path& path);

}  // namespace splitscope
