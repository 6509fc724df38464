#include "harness/cli/suggest.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

#include "base/nearest_name.h"
#include "base/printable.h"

namespace splitscope::cli {
namespace {

// The longest word that a message quotes.
constexpr std::size_t kLongestGuessBytes = 80;

bool looks_like_an_option(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

// A verb of no group is not in --help.
bool is_shown(const CLI::App* verb) { return !verb->get_group().empty(); }

}  // namespace

std::string nearest_option(const CLI::App& verb, const std::string& given) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return did_you_mean(given.substr(0, given.find('=')), names);
}

std::string nearest_verb(const CLI::App& app, const std::string& given) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands(is_shown)) {
    names.push_back(verb->get_name());
  }
  return did_you_mean(given, names);
}

std::optional<std::string> unexpected_word(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  const CLI::App& verb = parsed.empty() ? app : *parsed.front();
  const std::string name = parsed.empty() ? "splitscope" : "splitscope " + verb.get_name();
  const std::vector<std::string> words = app.remaining(true);
  if (words.empty()) return std::nullopt;
  // A word behind a mistyped option is rather its value than a mistake of its own.
  const auto option = std::find_if(words.begin(), words.end(), looks_like_an_option);
  if (option != words.end()) {
    return "there is no option '" + shortened(*option, kLongestGuessBytes) + "'" +
           nearest_option(verb, *option) + "; see " + name + " --help";
  }
  return "unexpected argument '" + shortened(words.front(), kLongestGuessBytes) + "'; see " + name +
         " --help";
}

}  // namespace splitscope::cli
