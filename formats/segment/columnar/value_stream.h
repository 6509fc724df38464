// The values of a u64-like column in one forward pass (tantivy
// columnar/src/column_values/u64_based/). Section 3.6 of docs/split-format.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "formats/codec/byte_reader.h"
#include "formats/codec/scan_reader.h"
#include "formats/codec/source_range.h"
#include "formats/segment/columnar/column_stats.h"
#include "formats/segment/columnar/value_codec.h"

namespace splitscope::formats {

/// Where the values of a column lie and how they are encoded; nothing of them is held. Cheap to
/// copy.
class ValueLayout {
 public:
  ValueLayout() = default;
  /// `range` is one column's values, from the codec byte to the last byte of the codec. Reads its
  /// head. Throws FormatError; UnsupportedFeature for an unknown codec.
  explicit ValueLayout(const SourceRange& range);

  [[nodiscard]] const ColumnStats& stats() const { return stats_; }
  [[nodiscard]] ValueCodec codec() const { return codec_; }

 private:
  friend class ValueStream;

  SourceRange range_;
  ColumnStats stats_;
  ValueCodec codec_ = ValueCodec::kBitpacked;
  // Where the packed bits lie in range_.
  std::uint64_t data_offset_ = 0;
  std::uint64_t data_length_ = 0;
  // kLinear: of all values.
  ValueLine line_;
  unsigned bits_ = 0;
  // kBlockwiseLinear: of the block table in range_.
  std::uint64_t table_offset_ = 0;
  std::uint64_t table_length_ = 0;
};

/// One scan over the packed bits. Buffers are fixed (16 KiB) besides what the Scan holds; for
/// kBlockwiseLinear the block table is held too (about 10 bytes per 512 values). Single-threaded;
/// must not outlive the source.
class ValueStream {
 public:
  static constexpr std::size_t kMaxChunk = 1024;

  explicit ValueStream(const ValueLayout& layout);
  ValueStream(const ValueStream&) = delete;
  ValueStream& operator=(const ValueStream&) = delete;

  /// The next 1 to kMaxChunk mapped values, in row order; empty after the last one. Valid until the
  /// next call; the caller may change them in place. Throws FormatError.
  [[nodiscard]] std::span<std::uint64_t> next();

 private:
  void next_bitpacked(std::span<std::uint64_t> values);
  void next_linear(std::span<std::uint64_t> values);
  void next_block(std::span<std::uint64_t> values);
  void unpack_next(unsigned bits, std::span<std::uint64_t> values);
  void scale(std::span<std::uint64_t> values);

  ValueLayout layout_;
  ScanReader in_;
  // kBlockwiseLinear: pinned for the whole pass, read entry by entry.
  Bytes table_bytes_;
  std::optional<ByteReader> table_;
  std::uint32_t done_ = 0;
  std::array<std::uint64_t, kMaxChunk> values_;
};

/// Decodes `out.size()` values of `bits` bits that begin at the first bit of `packed`; bits is
/// 0..56 or 64 and `packed` holds them all.
void unpack(std::span<const std::byte> packed, unsigned bits, std::span<std::uint64_t> out);

}  // namespace splitscope::formats
