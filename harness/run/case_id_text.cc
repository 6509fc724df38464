#include "harness/run/case_id_text.h"

#include <charconv>
#include <optional>
#include <vector>

#include "base/errors.h"
#include "base/printable.h"
#include "base/size_text.h"

namespace splitscope::run {

namespace {

constexpr std::string_view kForm = "merge/streaming/logs-5x4MB/system/c1/warm";
constexpr std::string_view kCap = "cap-";
// The longest word that a message quotes.
constexpr std::size_t kLongestBytes = 100;

std::string quoted(std::string_view text) { return "'" + shortened(text, kLongestBytes) + "'"; }

[[noreturn]] void refuse_id(std::string_view text, const std::string& why) {
  throw UsageError(quoted(text) + " is no id of a case: " + why + "; one reads " +
                   std::string(kForm));
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || stop != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

CaseId parse_case_id(std::string_view text) {
  const auto parts = split(text, '/');
  constexpr std::size_t kParts = 6;
  if (parts.size() != kParts && parts.size() != kParts + 1) {
    refuse_id(text, "it has " + std::to_string(parts.size()) + " parts, not 6");
  }
  CaseId id;
  id.workload = parts[0];
  id.strategy = parts[1];
  id.input = parts[2];
  id.allocator = parts[3];
  for (std::size_t i = 0; i < 4; ++i) {
    if (parts[i].empty()) refuse_id(text, "part " + std::to_string(i + 1) + " is empty");
  }
  const auto concurrency =
      parts[4].starts_with('c') ? number_of<int>(parts[4].substr(1)) : std::nullopt;
  if (!concurrency || *concurrency < 1) {
    refuse_id(text, quoted(parts[4]) + " is no concurrency such as c1");
  }
  id.concurrency = *concurrency;
  if (parts[5] != "warm" && parts[5] != "cold") {
    refuse_id(text, quoted(parts[5]) + " is neither warm nor cold");
  }
  id.cache = parse_cache_state(parts[5]);
  if (parts.size() == kParts) return id;
  if (!parts[6].starts_with(kCap)) {
    refuse_id(text, quoted(parts[6]) + " is no cap such as cap-64MiB");
  }
  id.memory_cap_bytes = parse_size(parts[6].substr(kCap.size()));
  return id;
}

std::pair<std::string, std::map<std::string, std::string>> parse_label(std::string_view label) {
  const auto colon = label.find(':');
  std::map<std::string, std::string> options;
  if (colon != std::string_view::npos) {
    for (const std::string_view option : split(label.substr(colon + 1), ',')) {
      const auto equals = option.find('=');
      if (equals == std::string_view::npos || equals == 0) {
        throw UsageError(quoted(label) + ": " + quoted(option) +
                         " is no option such as mode=single");
      }
      options[unescaped(option.substr(0, equals))] = unescaped(option.substr(equals + 1));
    }
  }
  return {std::string(label.substr(0, colon)), options};
}

InputSpec parse_input_label(std::string_view label) {
  const auto refuse = [&](const char* why) {
    throw UsageError(quoted(label) + " is neither a file nor a generated input: " + why +
                     "; one reads logs-20MB, logs-5x4MB or logs-5x4MB-s7");
  };
  InputSpec input;
  std::string_view rest = label;
  auto dash = rest.rfind('-');
  if (dash != std::string_view::npos && rest.substr(dash + 1).starts_with('s')) {
    if (const auto seed = number_of<std::uint64_t>(rest.substr(dash + 2))) {
      input.seed = *seed;
      rest = rest.substr(0, dash);
      dash = rest.rfind('-');
    }
  }
  if (dash == std::string_view::npos || dash == 0) refuse("it has no size");
  input.profile = rest.substr(0, dash);
  std::string_view size = rest.substr(dash + 1);
  if (const auto times = size.find('x'); times != std::string_view::npos) {
    const auto count = number_of<int>(size.substr(0, times));
    if (!count || *count < 1) refuse("what stands before the x is no number of splits");
    input.count = *count;
    size = size.substr(times + 1);
  }
  try {
    input.size_bytes = parse_size(size);
  } catch (const UsageError&) {
    refuse("what stands last is no size");
  }
  if (input.size_bytes == 0) refuse("its size is 0");
  if (input.label() != label) refuse("written in another way than splitscope writes it");
  return input;
}

}  // namespace splitscope::run
