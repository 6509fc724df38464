// Decoders of the values at the head of each SSTable block. Each is a `Values` of SstableStream:
// load() finds where the values end and next() takes them one by one, so that no table of them is
// built. load() and end() throw FormatError when the block before had more values than keys.
#pragma once

#include <cstddef>
#include <cstdint>

#include "formats/segment/terms/sstable_block_reader.h"
#include "formats/segment/terms/term_info.h"

namespace splitscope::formats {

/// No values: dictionaries of string columns (tantivy sstable/src/value/void.rs).
class VoidValues {
 public:
  struct Nothing {};

  [[nodiscard]] std::size_t load(const SstableBlockReader&) { return 0; }
  void next(const SstableBlockReader&) {}
  void end(const SstableBlockReader&) const {}
  [[nodiscard]] const Nothing& value() const { return nothing_; }

 private:
  Nothing nothing_;
};

/// Postings of terms (tantivy src/termdict/sstable_termdict/mod.rs): tantivy VInts.
class TermInfoValues {
 public:
  /// Bytes that the values of the current block take. Throws FormatError.
  [[nodiscard]] std::size_t load(const SstableBlockReader& blocks);
  /// Goes to the next value. Throws FormatError when there are fewer values than keys.
  void next(const SstableBlockReader& blocks);
  /// Behind the last block.
  void end(const SstableBlockReader& blocks) const;
  [[nodiscard]] const TermInfo& value() const { return value_; }

 private:
  TermInfo value_;
  const std::byte* at_ = nullptr;
  const std::byte* end_ = nullptr;
  std::uint64_t left_ = 0;
};

/// Consecutive ranges of bytes (tantivy sstable/src/value/range.rs): LEB128.
class RangeValues {
 public:
  [[nodiscard]] std::size_t load(const SstableBlockReader& blocks);
  void next(const SstableBlockReader& blocks);
  void end(const SstableBlockReader& blocks) const;
  [[nodiscard]] const ByteRange& value() const { return value_; }

 private:
  ByteRange value_;
  const std::byte* at_ = nullptr;
  const std::byte* end_ = nullptr;
  std::uint64_t left_ = 0;
};

}  // namespace splitscope::formats
