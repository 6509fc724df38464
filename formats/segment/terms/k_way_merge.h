// Merges sorted key streams into one, saying for each key which streams hold it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "formats/segment/terms/key_buffer.h"

namespace splitscope::formats {

/// `Stream` has `bool advance()` and `std::span<const std::byte> key() const`, valid until its next
/// advance; keys strictly increase. TermStream and OrdinalStream are such. Nothing is allocated per
/// key. Single-threaded. Errors are those of the streams.
///
///     KWayMerge<TermStream> terms(std::move(streams));
///     while (terms.advance()) {
///       for (const std::uint32_t input : terms.inputs()) use(terms.key(), terms.stream(input));
///     }
template <typename Stream>
class KWayMerge {
 public:
  /// Takes streams that have not been advanced. Their numbers are their places in `streams`.
  explicit KWayMerge(std::vector<Stream> streams) : streams_(std::move(streams)) {
    heap_.reserve(streams_.size());
    nodes_.reserve(streams_.size());
    inputs_.reserve(streams_.size());
  }

  /// Goes to the next distinct key; false at the end. Streams that stood on the key before go on,
  /// so the spans of key() and inputs() end here.
  bool advance() {
    if (!started_) {
      start();
    } else {
      // Nodes with the smallest key form a subtree at the root. From the deepest up, each goes on
      // and sinks into a part that is already a heap.
      for (std::size_t i = nodes_.size(); i > 0; --i) step(nodes_[i - 1]);
    }
    collect();
    return !inputs_.empty();
  }

  /// The key; valid until the next advance(). Only after an advance() that returned true.
  [[nodiscard]] std::span<const std::byte> key() const { return heap_.front().key(); }
  /// Numbers of the streams that stand on key(), ascending.
  [[nodiscard]] std::span<const std::uint32_t> inputs() const { return inputs_; }
  /// Any of the streams; those of inputs() stand on key(). Do not advance it.
  [[nodiscard]] const Stream& stream(std::size_t input) const { return streams_[input]; }
  [[nodiscard]] std::size_t num_streams() const { return streams_.size(); }

 private:
  // The first eight bytes of the key as a number decide most comparisons without a look at the key.
  struct Node {
    std::uint64_t prefix;
    const std::byte* data;
    std::size_t size;
    std::uint32_t stream;

    [[nodiscard]] std::span<const std::byte> key() const { return {data, size}; }
  };

  static Node node_of(const Stream& stream, std::uint32_t number) {
    const auto key = stream.key();
    std::uint64_t prefix = 0;
    if (key.size() >= sizeof prefix) {
      std::memcpy(&prefix, key.data(), sizeof prefix);
    } else if (!key.empty()) {
      std::memcpy(&prefix, key.data(), key.size());
    }
    if constexpr (std::endian::native == std::endian::little) prefix = __builtin_bswap64(prefix);
    return {prefix, key.data(), key.size(), number};
  }
  // Equal prefixes say nothing about keys shorter than a prefix: those are padded with zeros.
  static bool less(const Node& a, const Node& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return compare_keys(a.key(), b.key()) < 0;
  }
  static bool equal(const Node& a, const Node& b) {
    return a.prefix == b.prefix && a.size == b.size && compare_keys(a.key(), b.key()) == 0;
  }

  void start() {
    started_ = true;
    for (std::uint32_t i = 0; i < streams_.size(); ++i) {
      if (streams_[i].advance()) heap_.push_back(node_of(streams_[i], i));
    }
    for (std::size_t i = heap_.size() / 2; i > 0; --i) sink(i - 1);
  }
  void step(std::size_t at) {
    const std::uint32_t number = heap_[at].stream;
    if (streams_[number].advance()) {
      heap_[at] = node_of(streams_[number], number);
    } else {
      heap_[at] = heap_.back();
      heap_.pop_back();
    }
    sink(at);
  }
  void sink(std::size_t at) {
    if (at >= heap_.size()) return;
    const Node node = heap_[at];
    for (;;) {
      std::size_t child = 2 * at + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && less(heap_[child + 1], heap_[child])) ++child;
      if (!less(heap_[child], node)) break;
      heap_[at] = heap_[child];
      at = child;
    }
    heap_[at] = node;
  }
  // Nodes of the smallest key, each before its children: positions come out ascending.
  void collect() {
    nodes_.clear();
    inputs_.clear();
    if (heap_.empty()) return;
    nodes_.push_back(0);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      inputs_.push_back(heap_[nodes_[i]].stream);
      for (const std::size_t child : {2 * nodes_[i] + 1, 2 * nodes_[i] + 2}) {
        if (child < heap_.size() && equal(heap_[child], heap_.front())) nodes_.push_back(child);
      }
    }
    if (inputs_.size() > 1) std::sort(inputs_.begin(), inputs_.end());
  }

  std::vector<Stream> streams_;
  std::vector<Node> heap_;
  std::vector<std::size_t> nodes_;
  std::vector<std::uint32_t> inputs_;
  bool started_ = false;
};

}  // namespace splitscope::formats
