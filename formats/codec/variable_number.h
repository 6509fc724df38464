// Numbers of 7 bits a byte, least significant first, from whatever yields bytes. Sections 0.1 and
// 0.2 of docs/split-format.md.
#pragma once

#include <cstdint>

namespace splitscope::formats {

/// Which bytes have their high bit set: tantivy's VInt marks the last, LEB128 all but the last.
enum class HighBit { kOnLast, kOnAllButLast };

enum class VariableEnd { kWhole, kCutOff, kTooLarge };

struct VariableNumber {
  std::uint64_t value = 0;
  VariableEnd end = VariableEnd::kWhole;
};

/// Reads a number of at most `kBits` bits. `next()` yields the next byte as an int, or -1 where
/// there is none; it is called for the number's own bytes only.
template <HighBit kHighBit, unsigned kBits = 64, typename Next>
[[nodiscard]] constexpr VariableNumber read_variable_number(Next next) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < kBits; shift += 7) {
    const int byte = next();
    if (byte < 0) return {0, VariableEnd::kCutOff};
    const auto group = static_cast<std::uint64_t>(byte & 0x7F);
    if (shift + 7 > kBits && (group >> (kBits - shift)) != 0) break;
    value |= group << shift;
    if (((byte & 0x80) != 0) == (kHighBit == HighBit::kOnLast)) return {value};
  }
  return {0, VariableEnd::kTooLarge};
}

}  // namespace splitscope::formats
