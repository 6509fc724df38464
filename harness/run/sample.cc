#include "harness/run/sample.h"

#include <algorithm>
#include <array>

#include "base/errors.h"

namespace splitscope::run {
namespace {

constexpr std::array<std::string_view, 6> kStatusNames{"ok",         "wrong_output", "crashed",
                                                       "oom_killed", "timed_out",    "refused"};

const record::Measure* find(const record::Measures& measures, std::string_view key) {
  const auto found = std::find_if(measures.begin(), measures.end(),
                                  [key](const auto& measure) { return measure.key == key; });
  return found == measures.end() ? nullptr : &*found;
}

}  // namespace

std::string_view to_string(Status status) {
  return kStatusNames.at(static_cast<std::size_t>(status));
}

Status parse_status(std::string_view text) {
  for (std::size_t i = 0; i < kStatusNames.size(); ++i) {
    if (kStatusNames.at(i) == text) return static_cast<Status>(i);
  }
  throw UsageError("status '" + std::string(text) + "' is unknown");
}

std::optional<double> Sample::value(std::string_view key) const {
  const record::Measure* measure = find(measures, key);
  if (measure == nullptr) return std::nullopt;
  if (const auto* count = std::get_if<std::uint64_t>(&measure->value)) {
    return static_cast<double>(*count);
  }
  if (const auto* real = std::get_if<double>(&measure->value)) return *real;
  return std::nullopt;
}

std::optional<std::uint64_t> Sample::count(std::string_view key) const {
  const record::Measure* measure = find(measures, key);
  if (measure == nullptr) return std::nullopt;
  if (const auto* count = std::get_if<std::uint64_t>(&measure->value)) return *count;
  return std::nullopt;
}

void Sample::set(record::Measure measure) {
  for (record::Measure& known : measures) {
    if (known.key == measure.key) {
      known = std::move(measure);
      return;
    }
  }
  measures.push_back(std::move(measure));
}

bool CaseResult::ok() const {
  return !samples.empty() &&
         std::all_of(samples.begin(), samples.end(), [](const Sample& s) { return s.ok(); });
}

}  // namespace splitscope::run
