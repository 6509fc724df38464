#include "harness/cli/command_words.h"

namespace splitscope::cli {
namespace {

bool takes_value(const CLI::App& verb, const std::string& word) {
  if (word.find('=') != std::string::npos) return false;
  const CLI::Option* const option = verb.get_option_no_throw(word);
  return option != nullptr && option->get_items_expected_max() > 0;
}

bool is_option(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

}  // namespace

CommandWords command_words(const CLI::App& verb, const std::vector<std::string>& words) {
  CommandWords found;
  std::size_t at = 0;
  while (at < words.size() && is_option(words[at]) && words[at] != "--") {
    at += takes_value(verb, words[at]) ? 2 : 1;
  }
  if (at > words.size()) at = words.size();
  found.own = at;
  if (at < words.size() && words[at] == "--") ++at;
  found.command.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  return found;
}

}  // namespace splitscope::cli
