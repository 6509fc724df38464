#include "strategies/interface/options.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "base/errors.h"
#include "base/nearest_name.h"
#include "base/size_text.h"

namespace splitscope {

Options::Options(std::string_view strategy, std::string_view text,
                 std::span<const OptionInfo> known)
    : strategy_(strategy), known_(known), canonical_name_(strategy) {
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == item.size()) {
      throw UsageError("strategy " + strategy_ + ": '" + std::string(item) +
                       "' is no option; write option=value,option=value");
    }
    Given given{std::string(item.substr(0, equals)), std::string(item.substr(equals + 1))};
    for (const Given& earlier : given_) {
      if (earlier.name == given.name) throw UsageError(subject(given.name) + " is given twice");
    }
    given_.push_back(std::move(given));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) {
      throw UsageError("strategy " + strategy_ + ": a comma must be followed by option=value");
    }
  }
}

std::uint64_t Options::size(std::string_view name, OptionLimits limits) {
  const Value value = take(name);
  const std::uint64_t bytes = limited_size(name, value.given, limits);
  if (bytes != parse_size(value.default_value)) note(name, format_size(bytes));
  return bytes;
}

std::uint64_t Options::size_or(std::string_view word, std::string_view name, OptionLimits limits) {
  const Value value = take(name);
  const auto meaning = [&](const std::string& text) {
    return text == word ? 0 : limited_size(name, text, limits);
  };
  const std::uint64_t bytes = meaning(value.given);
  if (bytes != meaning(value.default_value)) {
    note(name, bytes == 0 ? std::string(word) : format_size(bytes));
  }
  return bytes;
}

std::uint64_t Options::count(std::string_view name, OptionLimits limits) {
  const Value value = take(name);
  const std::uint64_t number = limited_count(name, value.given, limits);
  if (number != limited_count(name, value.default_value, limits)) {
    note(name, std::to_string(number));
  }
  return number;
}

std::size_t Options::choice(std::string_view name,
                            std::initializer_list<std::string_view> choices) {
  const Value value = take(name);
  const auto* const found = std::find(choices.begin(), choices.end(), value.given);
  if (found == choices.end()) {
    const std::vector<std::string> possible(choices.begin(), choices.end());
    throw UsageError(subject(name) + " cannot be '" + value.given + "'" +
                     did_you_mean(value.given, possible) + "; it takes " + listed(possible));
  }
  if (value.given != value.default_value) note(name, value.given);
  return static_cast<std::size_t>(found - choices.begin());
}

bool Options::flag(std::string_view name) { return choice(name, {"off", "on"}) == 1; }

void Options::check_all_consumed() const {
  for (const Given& given : given_) {
    if (given.consumed) continue;
    std::vector<std::string> names;
    for (const OptionInfo& info : known_) names.push_back(info.name);
    throw UsageError("strategy " + strategy_ + " has no option '" + given.name + "'" +
                     did_you_mean(given.name, names) + "; its options: " + listed(names));
  }
}

Options::Value Options::take(std::string_view name) {
  for (const OptionInfo& info : known_) {
    if (info.name != name) continue;
    for (Given& given : given_) {
      if (given.name != name) continue;
      given.consumed = true;
      return {given.value, info.default_value};
    }
    return {info.default_value, info.default_value};
  }
  throw std::logic_error("strategy " + strategy_ + " reads option " + std::string(name) +
                         " that it does not list");
}

std::string Options::subject(std::string_view name) const {
  return "strategy " + strategy_ + ": option " + std::string(name);
}

std::uint64_t Options::limited_size(std::string_view name, std::string_view text,
                                    OptionLimits limits) const {
  std::uint64_t bytes = 0;
  try {
    bytes = parse_size(text);
  } catch (const UsageError& error) {
    throw UsageError(subject(name) + ": " + error.what());
  }
  if (bytes >= limits.least && bytes <= limits.most) return bytes;
  throw UsageError(subject(name) + " cannot be " + std::string(text) + "; it takes " +
                   format_size(limits.least) + " to " + format_size(limits.most));
}

std::uint64_t Options::limited_count(std::string_view name, std::string_view text,
                                     OptionLimits limits) const {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc{} && rest == end && number >= limits.least && number <= limits.most) {
    return number;
  }
  throw UsageError(subject(name) + " cannot be '" + std::string(text) +
                   "'; it takes a number from " + std::to_string(limits.least) + " to " +
                   std::to_string(limits.most));
}

void Options::note(std::string_view name, std::string_view value) {
  canonical_name_ += canonical_name_.size() == strategy_.size() ? ':' : ',';
  canonical_name_ += name;
  canonical_name_ += '=';
  canonical_name_ += value;
}

}  // namespace splitscope
