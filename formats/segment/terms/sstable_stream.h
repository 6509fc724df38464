// A forward pass over all keys and values of an SSTable, whatever its values are.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "formats/segment/terms/key_decoder.h"
#include "formats/segment/terms/sstable_block_reader.h"
#include "formats/segment/terms/sstable_footer.h"

namespace splitscope::formats {

/// `Values` is a decoder of value_readers.h. Movable; must not outlive the source; single-threaded.
/// The block index is not read. Memory: one block and one key.
/// Errors: FormatError where the dictionary is malformed, keys do not increase or there are not as
/// many as the footer says; those of the Scan.
template <typename Values>
class SstableStream {
 public:
  /// All blocks of `dictionary`, a whole SSTable. Reads the footer at once, the rest as it goes.
  explicit SstableStream(const SourceRange& dictionary)
      : SstableStream(dictionary, SstableFooter::read(dictionary)) {}
  SstableStream(const SourceRange& dictionary, const SstableFooter& footer)
      : blocks_(dictionary, 0, footer.blocks_end, true), num_terms_(footer.num_terms) {}

  /// Keys in the dictionary, known from the footer.
  [[nodiscard]] std::uint64_t num_terms() const { return num_terms_; }

  /// Goes to the first or next key; false at the end, and again if called after it.
  bool advance() {
    if (keys_.block_done() && !next_block()) return false;
    keys_.next(blocks_);
    values_.next(blocks_);
    ++seen_;
    return true;
  }

  /// The key; valid until the next advance().
  [[nodiscard]] std::span<const std::byte> key() const { return keys_.key(); }
  /// Valid until the next advance().
  [[nodiscard]] const auto& value() const { return values_.value(); }
  /// Number of the key, from 0.
  [[nodiscard]] std::uint64_t ordinal() const { return seen_ - 1; }

 private:
  bool next_block() {
    if (!blocks_.next()) {
      values_.end(blocks_);
      if (seen_ != num_terms_) fail_count();
      return false;
    }
    keys_.start_block(blocks_, values_.load(blocks_));
    if (keys_.block_done()) blocks_.fail(0, "a dictionary block holds no keys");
    return true;
  }
  [[noreturn]] void fail_count() const {
    blocks_.fail(0, "the dictionary's footer counts " + std::to_string(num_terms_) +
                        " keys, its blocks hold " + std::to_string(seen_));
  }

  SstableBlockReader blocks_;
  KeyDecoder keys_;
  Values values_;
  std::uint64_t num_terms_ = 0;
  std::uint64_t seen_ = 0;
};

}  // namespace splitscope::formats
