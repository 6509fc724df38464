// What goes through the documents of one segment that match, and scores them.
#pragma once

#include <cstdint>

#include "workloads/search/term_cursor.h"

namespace splitscope::workloads {

/// Forward only: targets do not decrease. Single-threaded. Errors: those of reading postings and
/// positions.
class Scorer {
 public:
  virtual ~Scorer() = default;

  /// Goes to the first match that is at least `target` and returns it, or kNoMoreDocs.
  virtual std::uint32_t next(std::uint32_t target) = 0;

  /// Returns `target` when it matches, else a larger number that no match before it has been passed
  /// over for. Where telling is dear, it does not look for the next match as next() would.
  virtual std::uint32_t reach(std::uint32_t target) = 0;

  /// Score of the match that next() or reach() went to last.
  [[nodiscard]] virtual float score() = 0;

  /// tantivy's guess at the work of going through all: orders the parts of an "and", and with them
  /// the additions.
  [[nodiscard]] virtual std::uint64_t cost() const = 0;
};

}  // namespace splitscope::workloads
