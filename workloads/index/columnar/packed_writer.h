// Writes the values of a column with the bit-packed codec (tantivy
// columnar/src/column_values/u64_based/bitpacked.rs). Section 3.6 of docs/split-format.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "workloads/codec/bit_pack.h"
#include "workloads/codec/component_writer.h"
#include "workloads/index/columnar/column_stats.h"

namespace splitscope {

/// Codec byte and statistics at construction, then packed values as they come. Borrows `out`; holds
/// one buffer of 8 KiB. Single-threaded.
class PackedWriter {
 public:
  PackedWriter(ComponentWriter& out, const ColumnStats& stats);
  PackedWriter(const PackedWriter&) = delete;
  PackedWriter& operator=(const PackedWriter&) = delete;

  /// std::logic_error for a value that the statistics exclude, or too many of them.
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

  ComponentWriter& out_;
  ColumnStats stats_;
  unsigned bits_;
  // Division by the gcd, which is exact: by its odd part as a product with the inverse modulo 2^64,
  // by the power of two as a rotation. A number that the gcd does not divide comes out above every
  // quotient that there is.
  std::uint64_t inverse_;
  int twos_;
  std::uint32_t done_ = 0;
  Buffer buffer_;
  BitPacker<Emit> packer_{Emit{&buffer_}};
};

}  // namespace splitscope
