#include "harness/run/case.h"

#include "base/errors.h"

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
  return workload + "/" + strategy + "/" + input + "/" + allocator + "/c" +
         std::to_string(concurrency) + "/" + std::string(to_string(cache));
}

std::string label_with_options(const std::string& name,
                               const std::map<std::string, std::string>& options) {
  std::string label = name;
  char separator = ':';
  for (const auto& [key, value] : options) {
    label += separator;
    label += key;
    label += '=';
    label += value;
    separator = ',';
  }
  return label;
}

}  // namespace splitscope::run
