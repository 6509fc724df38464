// How a file is called in messages when the program reaches it under a name that means nothing to
// the user: a link in a work folder, a private folder in which an output is made. Every error of
// ours asks here, with a whole path or with a name that base/short_name.h made of one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace splitscope {

/// From now on `name`, and what lies below it, is shown as `shown` by every error of ours. For the
/// whole process and for good; call before other threads look. At most 64 names, later ones are
/// not taken.
void show_as(std::string name, std::string shown);

/// `name` as it is to be shown. A name that was given to show_as may be followed by a path or by
/// ":" and a part of the file: "0.split:abc.term".
[[nodiscard]] std::string shown_name(std::string_view name);
[[nodiscard]] std::string shown_path(const std::filesystem::path& path);

/// The same into `text`, which gets a zero at its end, cut where it is full; returns its length.
/// Async-signal-safe.
std::size_t copy_shown_name(std::string_view name, std::span<char> text) noexcept;

}  // namespace splitscope
