#include "harness/record/resident_time.h"

namespace splitscope::record {

std::optional<ResidentTime> resident_time(const std::vector<ResidentSample>& samples) {
  if (samples.empty() || samples.front().t_us == samples.back().t_us) return std::nullopt;
  constexpr double kMicrosecondsPerSecond = 1e6;
  double sum = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const auto time = static_cast<double>(samples[i].t_us - samples[i - 1].t_us);
    const auto both = static_cast<double>(samples[i].rss_bytes()) +
                      static_cast<double>(samples[i - 1].rss_bytes());
    sum += time * both / 2;
  }
  const auto whole = static_cast<double>(samples.back().t_us - samples.front().t_us);
  return ResidentTime{sum / kMicrosecondsPerSecond, static_cast<std::uint64_t>(sum / whole)};
}

Measures resident_time_measures(const std::vector<ResidentSample>& samples) {
  constexpr const char* kWhyNot = "it ended before it was sampled twice";
  const auto time = resident_time(samples);
  if (!time) {
    return {Measure::absent("average_rss_bytes", kWhyNot),
            Measure::absent("rss_byte_seconds", kWhyNot)};
  }
  return {Measure::of("average_rss_bytes", time->average_bytes),
          Measure::of_real("rss_byte_seconds", time->byte_seconds)};
}

}  // namespace splitscope::record
