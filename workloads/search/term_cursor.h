// The documents of one term of one segment, forward.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "formats/segment/postings/postings_decoder.h"

namespace splitscope::workloads {

/// Stands for "no more documents"; no document has this number (tantivy src/docset.rs).
inline constexpr std::uint32_t kNoMoreDocs = 0x7FFFFFFF;

/// Stands on the term's first document once it is made. Movable; must not outlive the source;
/// single-threaded. Errors: those of PostingsDecoder.
class TermCursor {
 public:
  /// `decoder` has been opened at the term.
  explicit TermCursor(formats::PostingsDecoder decoder) : decoder_(std::move(decoder)) { load(0); }

  [[nodiscard]] std::uint32_t doc() const { return doc_; }
  [[nodiscard]] std::uint32_t doc_freq() const { return decoder_.doc_freq(); }

  /// Goes to the first document that is at least `target`, the current one included.
  std::uint32_t seek(std::uint32_t target) {
    if (target <= doc_) return doc_;
    // The next document is what most calls ask for.
    if (++place_ < length_ && decoder_.docs()[place_] >= target) {
      return doc_ = decoder_.docs()[place_];
    }
    if (place_ >= length_ || decoder_.docs()[length_ - 1] < target) return load(target);
    return find(target);
  }

  /// Times that the document has the term; 1 where the field does not say.
  [[nodiscard]] std::uint32_t freq() const {
    return decoder_.has_freqs() ? decoder_.term_freqs()[place_] : 1;
  }

  /// Positions of the term before those of this document.
  [[nodiscard]] std::uint64_t positions_before() const {
    const auto freqs = decoder_.term_freqs();
    return std::accumulate(freqs.begin(), freqs.begin() + static_cast<std::ptrdiff_t>(place_),
                           decoder_.freqs_before());
  }

 private:
  std::uint32_t load(std::uint32_t target) {
    length_ = target < kNoMoreDocs ? decoder_.seek_block(target) : 0;
    place_ = 0;
    return length_ == 0 ? doc_ = kNoMoreDocs : find(target);
  }
  // In this block, which has such a document, from place_ on.
  std::uint32_t find(std::uint32_t target) {
    const auto docs = decoder_.docs();
    const auto found =
        std::lower_bound(docs.begin() + static_cast<std::ptrdiff_t>(place_), docs.end(), target);
    place_ = static_cast<std::size_t>(found - docs.begin());
    return doc_ = *found;
  }

  formats::PostingsDecoder decoder_;
  std::size_t length_ = 0;
  std::size_t place_ = 0;
  std::uint32_t doc_ = 0;
};

/// Moves all cursors to the first document from `target` on that they share, and returns it.
template <typename Cursors, typename Seek>
std::uint32_t seek_together(Cursors& cursors, std::uint32_t target, Seek seek) {
  for (bool together = false; !together;) {
    together = true;
    for (auto& cursor : cursors) {
      const std::uint32_t doc = seek(cursor, target);
      if (doc == target) continue;
      if (doc >= kNoMoreDocs) return kNoMoreDocs;
      target = doc;
      together = false;
      break;
    }
  }
  return target;
}

}  // namespace splitscope::workloads
