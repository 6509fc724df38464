// Reads the blocks of an SSTable one after another.
// Format: tantivy sstable/src/block_reader.rs; section 3.1a of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "formats/codec/byte_reader.h"
#include "formats/codec/scan_reader.h"
#include "formats/codec/zstd_context.h"

namespace splitscope::formats {

/// One forward pass over a run of blocks. A stored block inside one window is handed out as a view
/// of it; a compressed one is unpacked into a buffer that is re-used. Movable; single-threaded.
class SstableBlockReader {
 public:
  /// Largest unpacked size that is believed. Writers close a block at some 4000 bytes of keys, and
  /// a key has at most 64 KiB, so that real blocks stay far below.
  static constexpr std::uint64_t kMaxUnpackedBytes = 64 * 1024 * 1024;

  SstableBlockReader() = default;
  /// Reads [offset, offset + length) of `dictionary`. `terminated` says that the range ends with
  /// the four zero bytes behind the last block; without it, the range holds whole blocks only.
  SstableBlockReader(const SourceRange& dictionary, std::uint64_t offset, std::uint64_t length,
                     bool terminated);

  /// Goes to the next block; false behind the last. Throws FormatError, and whatever the Scan
  /// throws.
  bool next();

  /// Values and keys of the block; valid until next().
  [[nodiscard]] std::span<const std::byte> payload() const { return payload_; }
  /// For messages: the dictionary and the offset of the block's payload in it.
  [[nodiscard]] ReaderPlace place() const { return {scan_.name(), payload_offset_}; }
  /// Throws a FormatError at `offset` of the payload.
  [[noreturn]] void fail(std::uint64_t offset, const std::string& problem) const {
    throw FormatError(scan_.name(), payload_offset_ + offset, problem);
  }

 private:
  void unpack(std::span<const std::byte> packed);

  ScanReader scan_;
  bool terminated_ = false;
  std::span<const std::byte> payload_;
  std::uint64_t payload_offset_ = 0;
  std::unique_ptr<std::byte[]> unpacked_;
  std::size_t unpacked_capacity_ = 0;
  ZstdDecompressor context_;
};

}  // namespace splitscope::formats
