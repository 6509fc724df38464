// What a mistyped verb or option was probably meant to be.
#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>

namespace splitscope::cli {

/// " (did you mean '--verify'?)" for the name of an option of `verb`, else nothing. What follows
/// '=' is no part of the name.
[[nodiscard]] std::string nearest_option(const CLI::App& verb, const std::string& given);

/// The same for the verbs of `app`.
[[nodiscard]] std::string nearest_verb(const CLI::App& app, const std::string& given);

/// What is wrong with a command line that has words too many; nothing when it has none.
[[nodiscard]] std::optional<std::string> unexpected_word(const CLI::App& app);

}  // namespace splitscope::cli
