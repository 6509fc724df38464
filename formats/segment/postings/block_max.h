// The upper bound of a block's scores that searchers use to skip it (block-max WAND).
// Source: tantivy src/query/bm25.rs, src/postings/serializer.rs, src/fieldnorm/code.rs; section 3.2
// of docs/split-format.md.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace splitscope::formats {

/// Finds the posting with the highest BM25 term-frequency factor of a block. Single-precision, as
/// tantivy has it: the same pair must come out. Borrows the field norms.
class BlockMax {
 public:
  struct Pair {
    std::uint8_t fieldnorm_id = 0;
    std::uint32_t term_freq = 0;
  };

  /// No field norms: pairs are (0, 0), as tantivy writes them for such fields.
  BlockMax() = default;
  /// `fieldnorm_ids[doc]` is the norm of every document of the segment.
  BlockMax(std::span<const std::uint8_t> fieldnorm_ids, std::uint64_t total_num_tokens);

  /// The last of the best. Documents must lie within the field norms: std::logic_error otherwise.
  [[nodiscard]] Pair of_block(std::span<const std::uint32_t> docs,
                              std::span<const std::uint32_t> term_freqs) const;

 private:
  std::span<const std::uint8_t> fieldnorm_ids_;
  // K1 * (1 - B + B * length / average) for each id.
  std::array<float, 256> norms_{};
};

}  // namespace splitscope::formats
