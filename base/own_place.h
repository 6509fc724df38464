// Where the program stands, and the files that came with it. An installed tree and the folder that
// was built look alike from here: bin/splitscope, its libraries in lib/splitscope (installed) or
// lib (built), its data in share/splitscope. Nothing of it is known when the program is compiled,
// so that a tree can be moved.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace splitscope {

/// The folder above the bin/ that this program was started from, symbolic links followed. Empty
/// where /proc is not mounted.
[[nodiscard]] std::filesystem::path own_prefix();

/// A library or helper program that came with this one; nullopt if it is not there.
[[nodiscard]] std::optional<std::filesystem::path> own_file(const std::string& name);

/// Folder with suites/, profiles/ and reports/: $SPLITSCOPE_HOME, else share/splitscope below
/// own_prefix(), whether it exists or not.
[[nodiscard]] std::filesystem::path own_home();

}  // namespace splitscope
