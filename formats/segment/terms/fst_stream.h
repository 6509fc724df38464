// All keys of a finite state transducer in order, with their values.
// Format: tantivy-fst src/raw/mod.rs; section 3.1a of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "formats/segment/terms/fst_node.h"
#include "formats/segment/terms/key_buffer.h"

namespace splitscope::formats {

/// Borrows the bytes. Memory: the key and 24 bytes for each of its bytes. Single-threaded.
/// Errors: FormatError where the transducer is malformed or keys do not increase. Nodes are shared,
/// so that a small transducer may have very many keys: the caller says how many it takes.
class FstStream {
 public:
  /// `transducer` is one from its version to the address of its root; `place` is where it lies.
  FstStream(std::span<const std::byte> transducer, ReaderPlace place);

  /// Keys that the transducer says it has.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Goes to the first or next key; false behind the last.
  bool advance();
  /// Valid until the next advance().
  [[nodiscard]] std::span<const std::byte> key() const { return key_.span(); }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  struct Step {
    std::uint64_t address;
    std::uint64_t output;
    std::size_t next_transition;
  };

  void enter(std::uint64_t address, std::uint64_t output);
  [[noreturn]] void fail(std::uint64_t offset, const char* problem) const;

  FstBytes fst_;
  std::uint64_t size_ = 0;
  // The path to the key: one step more than the key has bytes.
  std::vector<Step> path_;
  KeyBuffer key_;
  std::uint64_t value_ = 0;
  // A node was entered by the last advance() and not yet looked at.
  bool entered_ = false;
};

}  // namespace splitscope::formats
