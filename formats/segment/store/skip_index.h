// The layered skip index behind the blocks of a document store (tantivy src/store/index/). Section
// 3.5 of docs/split-format.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/component_writer.h"
#include "formats/codec/source_range.h"

namespace splitscope::formats {

/// One compressed block: documents [first_doc, first_doc + doc_count) lie in bytes
/// [offset, offset + length) of the store.
struct Checkpoint {
  std::uint32_t first_doc = 0;
  std::uint32_t doc_count = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  bool operator==(const Checkpoint&) const = default;
};

/// The leaf layer of a skip index, 12 bytes per block. Immutable: threads may share it.
class SkipIndex {
 public:
  /// Reads `index` in one scan. `block_bytes` is what the blocks take together: checkpoints must
  /// cover [0, block_bytes) and documents from 0 on without gaps. Throws FormatError.
  static SkipIndex read(const SourceRange& index, std::uint64_t block_bytes);

  [[nodiscard]] std::size_t size() const { return first_docs_.size() - 1; }
  [[nodiscard]] Checkpoint operator[](std::size_t block) const {
    return {first_docs_[block], first_docs_[block + 1] - first_docs_[block], offsets_[block],
            offsets_[block + 1] - offsets_[block]};
  }
  [[nodiscard]] std::uint32_t doc_count() const { return first_docs_.back(); }
  /// The block that holds `doc`, which must be below doc_count().
  [[nodiscard]] std::size_t find(std::uint32_t doc) const;

 private:
  // One entry more than there are blocks: the ends.
  std::vector<std::uint32_t> first_docs_ = {0};
  std::vector<std::uint64_t> offsets_ = {0};
};

/// Builds a skip index from checkpoints in order; holds its encoded bytes (about 5 per block).
class SkipIndexWriter {
 public:
  /// `checkpoint` must follow the one before without a gap.
  void add(const Checkpoint& checkpoint);
  /// Call once, last.
  void finish(ComponentWriter& out);

 private:
  /// Checkpoints of one record, as tantivy's CHECKPOINT_PERIOD.
  static constexpr std::size_t kPeriod = 8;

  struct Layer {
    // One more than a full record: finish() adds the open record of the layer below.
    std::array<Checkpoint, kPeriod + 1> open{};
    std::size_t open_count = 0;
    ByteBuffer bytes;

    Checkpoint close();
  };

  // Finest layer first.
  std::vector<Layer> layers_;
};

}  // namespace splitscope::formats
