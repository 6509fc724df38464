// Writes the values of a column with any of the three codecs (tantivy
// columnar/src/column_values/u64_based/). Section 3.6 of docs/split-format.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "formats/codec/bit_pack.h"
#include "formats/codec/byte_buffer.h"
#include "formats/codec/component_writer.h"
#include "formats/segment/columnar/value_plan.h"

namespace splitscope::formats {

/// Codec byte and head at construction, then packed values as they come. Borrows `out`; holds
/// buffers of 12 KiB and, for kBlockwiseLinear, the table of lines (3 to 21 bytes per 512 values).
/// Single-threaded.
class ValueWriter {
 public:
  /// std::logic_error for a plan whose statistics contradict themselves.
  ValueWriter(ComponentWriter& out, const ValuePlan& plan);
  ValueWriter(const ValueWriter&) = delete;
  ValueWriter& operator=(const ValueWriter&) = delete;

  /// std::logic_error for a value that the plan excludes, or too many of them.
  void put(std::span<const std::uint64_t> values);
  /// Call once, last. std::logic_error when there are fewer values than the statistics say.
  void finish();

 private:
  struct Buffer {
    static constexpr std::size_t kBytes = 8192;

    void operator()(std::uint64_t word, std::size_t length) {
      std::memcpy(bytes.data() + used, &word, length);
      used += length;
    }

    std::array<std::byte, kBytes> bytes;
    std::size_t used = 0;
  };
  // The packer copies what it emits to, so it gets a reference.
  struct Emit {
    void operator()(std::uint64_t word, std::size_t length) { (*buffer)(word, length); }
    Buffer* buffer;
  };

  void put_bitpacked(std::span<const std::uint64_t> values);
  void put_linear(std::span<const std::uint64_t> values);
  void put_blockwise(std::span<const std::uint64_t> values);
  void end_block();
  [[nodiscard]] std::uint64_t quotient(std::uint64_t value) const;
  void drain();

  ComponentWriter& out_;
  ValuePlan plan_;
  // For kBitpacked and kLinear.
  unsigned bits_;
  // Division by the gcd, which is exact: by its odd part as a product with the inverse modulo 2^64,
  // by the power of two as a rotation. A number that the gcd does not divide comes out above every
  // quotient that there is.
  std::uint64_t inverse_;
  int twos_;
  std::uint32_t done_ = 0;
  // kBlockwiseLinear: the block in the making, and the lines and widths of those before.
  std::array<std::uint64_t, kLineBlockValues> block_;
  std::size_t in_block_ = 0;
  ByteBuffer table_;
  Buffer buffer_;
  BitPacker<Emit> packer_{Emit{&buffer_}};
};

}  // namespace splitscope::formats
