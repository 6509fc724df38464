// How a path is shortened where a name of its own is kept for it, as each opened source does: the
// full path would move heap figures with the depth of a folder. What such a name, or a path, is
// called once it stands in a message is another question: base/shown_name.h.
#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace splitscope {

/// From now on short_name() tells `inputs` apart. For the start of a verb: not while threads run.
void tell_apart(std::span<const std::filesystem::path> inputs);

/// The last part of the path; all of it when tell_apart() saw two inputs that share their last
/// part. Any thread.
[[nodiscard]] std::string short_name(const std::filesystem::path& path);

}  // namespace splitscope
