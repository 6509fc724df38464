// One node of a finite state transducer as tantivy writes it: where its transitions lead and what
// they add to the value of a key.
// Format: tantivy-fst src/raw/node.rs, versions 1 and 2; section 3.1a of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/codec/byte_reader.h"

namespace splitscope::formats {

/// The bytes of a transducer; borrows them.
struct FstBytes {
  std::span<const std::byte> bytes;
  std::uint64_t version = 0;
  /// Where `bytes` lie, for messages.
  ReaderPlace place;
};

/// What lies before the first node: version and type. Addresses below it are not those of nodes.
inline constexpr std::uint64_t kFstHeaderBytes = 16;
/// The one node that has no bytes: final, no transitions.
inline constexpr std::uint64_t kFstEmptyNode = 0;

/// A node, taken apart. Nodes are written from the leaves to the root and are read backwards from
/// their last byte, so that every transition leads to a lower address: there are no cycles. Borrows
/// the bytes. Errors: FormatError where a node runs out of the bytes or leads nowhere.
class FstNode {
 public:
  struct Transition {
    std::byte input{};
    /// What taking it adds to the value.
    std::uint64_t output = 0;
    /// Address of the next node, kFstEmptyNode included.
    std::uint64_t target = 0;
  };

  /// The node whose last byte is at `address`.
  FstNode(const FstBytes& fst, std::uint64_t address);

  /// A key may end here; final_output() then belongs to its value.
  [[nodiscard]] bool is_final() const { return is_final_; }
  [[nodiscard]] std::uint64_t final_output() const { return final_output_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Transition number `index`, below size(); in order of their inputs. Throws FormatError.
  [[nodiscard]] Transition transition(std::size_t index) const;

 private:
  void read_single(const FstBytes& fst, std::uint64_t address, unsigned state);
  void read_many(const FstBytes& fst, std::uint64_t address, unsigned state);

  FstBytes fst_;
  std::uint64_t address_ = 0;
  // Position of the node's first byte: distances to targets count from here.
  std::uint64_t start_ = 0;
  bool is_final_ = true;
  std::uint64_t final_output_ = 0;
  std::size_t size_ = 0;
  // A single transition leads to the node written just before, without saying so.
  bool to_neighbour_ = false;
  // All three end with what belongs to transition 0.
  std::span<const std::byte> inputs_;
  std::span<const std::byte> targets_;
  std::span<const std::byte> outputs_;
};

}  // namespace splitscope::formats
