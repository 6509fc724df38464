// Where the options of a verb end and the user's command begins.
#pragma once

#include <CLI/App.hpp>
#include <cstddef>
#include <string>
#include <vector>

namespace splitscope::cli {

struct CommandWords {
  /// How many of the words belong to the verb.
  std::size_t own = 0;
  /// The command, byte for byte: the option parser never sees it, for it takes brackets away and
  /// would look for its own options in it.
  std::vector<std::string> command;
};

/// Of `words`, which follow the name of `verb`: the command is what stands behind the first "--",
/// else the first word that is neither an option of the verb nor the value of one, with all that
/// follows. A word that looks like an option and is none of the verb's is left to the parser to
/// complain.
[[nodiscard]] CommandWords command_words(const CLI::App& verb,
                                         const std::vector<std::string>& words);

}  // namespace splitscope::cli
