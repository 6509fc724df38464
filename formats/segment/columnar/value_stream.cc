#include "formats/segment/columnar/value_stream.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "formats/codec/bit_pack.h"

namespace splitscope::formats {
namespace {

constexpr std::uint64_t kMaxVintBytes = 10;
// Codec, four statistics, then for the linear codec slope, intercept and width.
constexpr std::uint64_t kMaxHeadBytes = 1 + 4 * kMaxVintBytes + 2 * kMaxVintBytes + 1;
constexpr std::uint64_t kTableLengthBytes = sizeof(std::uint32_t);
// Slope, intercept and width of one block.
constexpr std::uint64_t kMinBlockEntryBytes = 3;
constexpr std::uint64_t kMaxBlockEntryBytes = 2 * kMaxVintBytes + 1;

unsigned read_bits(ByteReader& in) {
  const unsigned bits = in.fixed<std::uint8_t>();
  if (bits > 56 && bits != 64) {
    in.fail("values of " + std::to_string(bits) + " bits; 0 to 56 and 64 are legal");
  }
  return bits;
}

ValueLine read_line(ByteReader& in) {
  ValueLine line;
  line.slope = in.vint();
  line.intercept = in.vint();
  return line;
}

}  // namespace

void unpack(std::span<const std::byte> packed, unsigned bits, std::span<std::uint64_t> out) {
  if (bits == 0 || out.empty()) {
    std::fill(out.begin(), out.end(), 0);
    return;
  }
  if (bits == 64) {
    std::memcpy(out.data(), packed.data(), out.size_bytes());
    return;
  }
  // One unaligned load per value while 8 bytes are left, then the few at the end one by one.
  constexpr std::size_t kLoadBytes = sizeof(std::uint64_t);
  std::size_t fast = 0;
  if (packed.size() >= kLoadBytes) {
    fast = std::min(out.size(), ((packed.size() - kLoadBytes) * 8 + 7) / bits + 1);
  }
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  const std::byte* const data = packed.data();
  std::uint64_t bit = 0;
  for (std::size_t i = 0; i < fast; ++i, bit += bits) {
    std::uint64_t word;
    std::memcpy(&word, data + (bit >> 3), kLoadBytes);
    out[i] = (word >> (bit & 7)) & mask;
  }
  for (std::size_t i = fast; i < out.size(); ++i) out[i] = unpack_at(packed, i, bits);
}

ValueLayout::ValueLayout(const SourceRange& range) : range_(range) {
  const Bytes head = range.read(0, std::min(range.size(), kMaxHeadBytes));
  ByteReader in(head.span(), {range.name(), 0});
  const auto code = in.fixed<std::uint8_t>();
  codec_ = static_cast<ValueCodec>(code);
  if (code > static_cast<std::uint8_t>(ValueCodec::kBlockwiseLinear)) {
    throw UnsupportedFeature(shown_name(range.name()) + ": column codec " + std::to_string(code) +
                             "; bitpacked (0), linear (1) and blockwise linear (2) are supported");
  }
  stats_ = read_stats(in);
  std::uint64_t needed = 0;
  std::uint64_t end = range.size();
  if (codec_ == ValueCodec::kBlockwiseLinear) {
    const std::uint64_t blocks =
        (std::uint64_t{stats_.count} + kLineBlockValues - 1) / kLineBlockValues;
    if (range.size() - in.position() < kTableLengthBytes) in.fail("no room for the block table");
    end = range.size() - kTableLengthBytes;
    const Bytes tail = range.read(end, kTableLengthBytes);
    table_length_ = ByteReader(tail.span()).fixed<std::uint32_t>();
    if (table_length_ > end - in.position() || table_length_ < blocks * kMinBlockEntryBytes ||
        table_length_ > blocks * kMaxBlockEntryBytes) {
      throw range.error(end, "a block table of " + std::to_string(table_length_) + " bytes for " +
                                 std::to_string(blocks) + " blocks in a column of " +
                                 std::to_string(range.size()) + " bytes");
    }
    end -= table_length_;
    table_offset_ = end;
  } else if (codec_ == ValueCodec::kLinear) {
    line_ = read_line(in);
    bits_ = read_bits(in);
    needed = packed_bytes(stats_.count, bits_);
  } else {
    bits_ = packed_bits(stats_.packed_max());
    needed = packed_bytes(stats_.count, bits_);
  }
  data_offset_ = in.position();
  data_length_ = end - data_offset_;
  if (needed > data_length_) {
    in.fail(std::to_string(stats_.count) + " values of " + std::to_string(bits_) + " bits take " +
            std::to_string(needed) + " bytes, the column has " + std::to_string(data_length_));
  }
}

ValueStream::ValueStream(const ValueLayout& layout)
    : layout_(layout), in_(layout.range_, layout.data_offset_, layout.data_length_) {
  if (layout.codec_ != ValueCodec::kBlockwiseLinear || layout.table_length_ == 0) return;
  table_bytes_ = layout.range_.read(layout.table_offset_, layout.table_length_);
  table_.emplace(table_bytes_.span(), ReaderPlace{layout_.range_.name(), layout.table_offset_});
}

std::span<std::uint64_t> ValueStream::next() {
  const std::size_t left = layout_.stats_.count - done_;
  const bool blockwise = layout_.codec_ == ValueCodec::kBlockwiseLinear;
  const std::size_t chunk = blockwise ? kLineBlockValues : kMaxChunk;
  const auto values = std::span(values_).first(std::min(left, chunk));
  if (values.empty()) return {};
  switch (layout_.codec_) {
    case ValueCodec::kBitpacked:
      next_bitpacked(values);
      break;
    case ValueCodec::kLinear:
      next_linear(values);
      break;
    case ValueCodec::kBlockwiseLinear:
      next_block(values);
      break;
  }
  done_ += static_cast<std::uint32_t>(values.size());
  return values;
}

// Chunks and blocks begin on a byte: their lengths are multiples of 8.
void ValueStream::unpack_next(unsigned bits, std::span<std::uint64_t> values) {
  const auto bytes = static_cast<std::size_t>(packed_bytes(values.size(), bits));
  unpack(bits == 0 ? std::span<const std::byte>{} : in_.take(bytes), bits, values);
}

// From packed values to mapped ones; all of them must be within the statistics.
void ValueStream::scale(std::span<std::uint64_t> values) {
  const std::uint64_t min = layout_.stats_.min;
  const std::uint64_t gcd = layout_.stats_.gcd;
  const std::uint64_t limit = layout_.stats_.packed_max();
  bool beyond = false;
  if (gcd == 1) {
    for (std::uint64_t& value : values) {
      beyond |= value > limit;
      value += min;
    }
  } else {
    for (std::uint64_t& value : values) {
      beyond |= value > limit;
      value = value * gcd + min;
    }
  }
  if (beyond) in_.fail("a value of the column is above the maximum that its statistics give");
}

void ValueStream::next_bitpacked(std::span<std::uint64_t> values) {
  unpack_next(layout_.bits_, values);
  scale(values);
}

void ValueStream::next_linear(std::span<std::uint64_t> values) {
  unpack_next(layout_.bits_, values);
  const ColumnStats& stats = layout_.stats_;
  std::uint32_t index = done_;
  for (std::uint64_t& value : values) {
    value += layout_.line_.at(index++);
    if (value < stats.min || value > stats.max || (value - stats.min) % stats.gcd != 0) {
      in_.fail("a value of the column does not fit its statistics");
    }
  }
}

void ValueStream::next_block(std::span<std::uint64_t> values) {
  const ValueLine line = read_line(*table_);
  const unsigned bits = read_bits(*table_);
  unpack_next(bits, values);
  std::uint32_t index = 0;
  for (std::uint64_t& value : values) value += line.at(index++);
  scale(values);
}

}  // namespace splitscope::formats
