#include "harness/run/case.h"

#include <algorithm>
#include <cctype>

#include "base/errors.h"
#include "base/printable.h"
#include "base/size_text.h"

namespace splitscope::run {

std::string_view to_string(CacheState state) {
  return state == CacheState::kWarm ? "warm" : "cold";
}

CacheState parse_cache_state(std::string_view text) {
  if (text == "warm") return CacheState::kWarm;
  if (text == "cold") return CacheState::kCold;
  throw UsageError("cache state '" + std::string(text) + "' is unknown; write warm or cold");
}

std::string CaseId::text() const {
  std::string text = workload + "/" + strategy + "/" + input + "/" + allocator + "/c" +
                     std::to_string(concurrency) + "/" + std::string(to_string(cache));
  if (memory_cap_bytes) text += "/cap-" + format_size(*memory_cap_bytes);
  return text;
}

std::string input_label(std::string_view file_name) {
  std::string label = printable(file_name, "%/");
  // Labels of ours: no input, and several files.
  constexpr std::string_view kSeveral = "-files";
  const auto several = label.ends_with(kSeveral) ? label.size() - kSeveral.size() : 0;
  const bool is_ours =
      label == "none" ||
      (several > 0 &&
       std::all_of(label.begin(), label.begin() + static_cast<std::ptrdiff_t>(several),
                   [](unsigned char c) { return std::isdigit(c) != 0; }));
  if (is_ours) label = (label == "none" ? "%6E" : "%3" + label.substr(0, 1)) + label.substr(1);
  return label.empty() ? "%" : label;
}

std::string label_with_options(const std::string& name,
                               const std::map<std::string, std::string>& options) {
  std::string label = name;
  char separator = ':';
  for (const auto& [key, value] : options) {
    label += separator;
    label += printable(key, "%/,=");
    label += '=';
    label += printable(value, "%/,");
    separator = ',';
  }
  return label;
}

}  // namespace splitscope::run
