// Field norms: the number of tokens of one field of one document, as the one byte that `.fieldnorm`
// files hold. Section 3.4 of docs/split-format.md; tantivy src/fieldnorm/code.rs.
#pragma once

#include <cstdint>

namespace splitscope::formats {

/// Tokens that norm id `id` stands for. Ids up to 24 stand for themselves; above that the rest is a
/// tiny floating-point number: 3 bits of mantissa, 5 of exponent. Increasing in `id`.
[[nodiscard]] constexpr std::uint32_t fieldnorm_tokens(std::uint8_t id) {
  constexpr std::uint32_t kIdentityPart = 24;
  if (id < kIdentityPart) return id;
  const std::uint32_t rest = id - kIdentityPart;
  const std::uint32_t mantissa = rest & 7;
  const std::uint32_t exponent = rest >> 3;
  return kIdentityPart + (exponent == 0 ? mantissa : (mantissa | 8) << (exponent - 1));
}

/// The largest norm id whose token count is <= `tokens`: what an indexer stores.
[[nodiscard]] constexpr std::uint8_t fieldnorm_id(std::uint32_t tokens) {
  std::uint32_t low = 0;
  std::uint32_t high = 255;
  while (low < high) {
    const std::uint32_t middle = (low + high + 1) / 2;
    if (fieldnorm_tokens(static_cast<std::uint8_t>(middle)) <= tokens) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return static_cast<std::uint8_t>(low);
}

}  // namespace splitscope::formats
