#include "formats/split/compare_ranges.h"

#include <algorithm>

#include "formats/codec/scan_reader.h"

namespace splitscope::formats {

std::optional<std::uint64_t> first_difference(const SourceRange& a, const SourceRange& b) {
  ScanReader left(a);
  ScanReader right(b);
  std::span<const std::byte> left_part;
  std::span<const std::byte> right_part;
  std::uint64_t position = 0;
  while (true) {
    if (left_part.empty()) left_part = left.take_some(left.remaining());
    if (right_part.empty()) right_part = right.take_some(right.remaining());
    const auto length = std::min(left_part.size(), right_part.size());
    if (length == 0) break;
    const auto [differs, unused] =
        std::mismatch(left_part.begin(), left_part.begin() + static_cast<std::ptrdiff_t>(length),
                      right_part.begin());
    const auto equal = static_cast<std::size_t>(differs - left_part.begin());
    position += equal;
    if (equal < length) return position;
    left_part = left_part.subspan(length);
    right_part = right_part.subspan(length);
  }
  if (left_part.empty() && right_part.empty()) return std::nullopt;
  return position;
}

}  // namespace splitscope::formats
