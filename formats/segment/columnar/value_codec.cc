#include "formats/segment/columnar/value_codec.h"

#include <limits>

namespace splitscope::formats {
namespace {

constexpr unsigned kFractionBits = 32;
constexpr std::uint64_t kMaxRise = std::uint64_t{1} << kFractionBits;
// How far below the first value distances are counted from when the lowest is looked for.
constexpr std::uint64_t kShift = kMaxRise - 1;

std::uint64_t slope_between(std::uint64_t first, std::uint64_t last, std::uint64_t steps) {
  const std::uint64_t rise = last - first;
  const bool upwards = rise <= std::uint64_t{1} << 63;
  const std::uint64_t height = upwards ? rise : first - last;
  if (height >= kMaxRise) return 0;
  const std::uint64_t slope = (height << kFractionBits) / steps;
  return upwards ? slope : std::numeric_limits<std::uint64_t>::max() - slope;
}

}  // namespace

ValueLine fit_line(std::span<const std::uint64_t> values) {
  ValueLine line;
  if (values.size() < 2) return line;
  line.slope = slope_between(values.front(), values.back(), values.size() - 1);
  const std::uint64_t zero = values.front() - kShift;
  std::uint64_t lowest = std::numeric_limits<std::uint64_t>::max();
  std::uint32_t index = 0;
  for (const std::uint64_t value : values) {
    const std::uint64_t distance = value - line.at(index++) - zero;
    lowest = distance < lowest ? distance : lowest;
  }
  line.intercept = lowest + zero;
  return line;
}

}  // namespace splitscope::formats
