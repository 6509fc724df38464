// What the dictionary of a field says about one term (tantivy src/postings/term_info.rs).
#pragma once

#include <cstdint>

#include "formats/segment/byte_range.h"

namespace splitscope::formats {

/// `postings` counts from behind the 8-byte token count of the field's part of `.idx`, `positions`
/// from the start of the field's part of `.pos`. Both are consecutive from term to term. Readers of
/// these classes hand out ranges with start <= end; whether they lie within the file is checked
/// where they are opened.
struct TermInfo {
  std::uint32_t doc_freq = 0;
  ByteRange postings;
  ByteRange positions;

  friend bool operator==(const TermInfo&, const TermInfo&) = default;
};

}  // namespace splitscope::formats
