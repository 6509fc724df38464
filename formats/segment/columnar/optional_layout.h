// Sizes in an optional index (tantivy columnar/src/column_index/optional_index/mod.rs): VInt rows;
// per 65536 rows that are not all without a value a block, either u16le row numbers or 1024 groups
// of {u64le bits, u16le rows before}; per block {u16le number, u16le values - 1}; u16le blocks.
#pragma once

#include <cstddef>
#include <cstdint>

namespace splitscope::formats {

inline constexpr unsigned kRowBlockShift = 16;
inline constexpr std::uint32_t kRowBlockRows = 1u << kRowBlockShift;
inline constexpr std::uint32_t kDenseGroupRows = 64;
inline constexpr std::uint32_t kDenseGroups = kRowBlockRows / kDenseGroupRows;
inline constexpr std::size_t kDenseGroupBytes = sizeof(std::uint64_t) + sizeof(std::uint16_t);
inline constexpr std::uint64_t kDenseBlockBytes = kDenseGroups * kDenseGroupBytes;
inline constexpr std::uint64_t kBlockMetaBytes = 2 * sizeof(std::uint16_t);
inline constexpr std::uint64_t kBlockCountBytes = sizeof(std::uint16_t);
/// VInt of a u64: longer ones are malformed.
inline constexpr std::uint64_t kMaxRowCountBytes = 10;

/// A block is dense as soon as row numbers of 2 bytes would take as much.
[[nodiscard]] constexpr bool is_dense(std::uint64_t values) {
  return values >= kDenseBlockBytes / sizeof(std::uint16_t);
}
[[nodiscard]] constexpr std::uint64_t row_block_bytes(std::uint64_t values) {
  return is_dense(values) ? kDenseBlockBytes : values * sizeof(std::uint16_t);
}

}  // namespace splitscope::formats
