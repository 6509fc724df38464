// What is known of a full block of postings before it is decoded.
// Format: tantivy src/postings/skip.rs; section 3.2 of docs/split-format.md.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "formats/codec/byte_buffer.h"
#include "formats/segment/schema.h"

namespace splitscope::formats {

/// One record for each 128 documents. Fields behind doc_bits are there only under the options that
/// have them.
struct SkipRecord {
  std::uint32_t last_doc = 0;
  unsigned doc_bits = 0;
  /// Since format 6: document deltas and frequencies are stored minus one.
  bool strict = true;
  unsigned freq_bits = 0;
  /// Modulo 2^32.
  std::uint32_t freq_sum = 0;
  std::uint8_t max_fieldnorm_id = 0;
  std::uint32_t max_freq = 0;

  [[nodiscard]] static constexpr std::size_t bytes_of(IndexRecordOption option) {
    switch (option) {
      case IndexRecordOption::kBasic:
        return 5;
      case IndexRecordOption::kFreq:
        return 8;
      case IndexRecordOption::kPosition:
        return 12;
    }
    return 0;
  }

  /// `bytes` is a record of any of the three sizes.
  static SkipRecord read(std::span<const std::byte> bytes) {
    SkipRecord record;
    std::memcpy(&record.last_doc, bytes.data(), sizeof record.last_doc);
    const auto width = std::to_integer<unsigned>(bytes[4]);
    record.doc_bits = width & kWidthMask;
    record.strict = (width & kStrictFlag) != 0;
    if (bytes.size() == bytes_of(IndexRecordOption::kBasic)) return record;
    record.freq_bits = std::to_integer<unsigned>(bytes[5]);
    if (bytes.size() == bytes_of(IndexRecordOption::kPosition)) {
      std::memcpy(&record.freq_sum, bytes.data() + 6, sizeof record.freq_sum);
    }
    record.max_fieldnorm_id = std::to_integer<std::uint8_t>(bytes[bytes.size() - 2]);
    record.max_freq = std::to_integer<std::uint32_t>(bytes[bytes.size() - 1]);
    return record;
  }

  void write(IndexRecordOption option, ByteBuffer& out) const {
    out.fixed(last_doc);
    out.fixed(static_cast<std::uint8_t>(doc_bits | (strict ? kStrictFlag : 0)));
    if (option == IndexRecordOption::kBasic) return;
    out.fixed(static_cast<std::uint8_t>(freq_bits));
    if (option == IndexRecordOption::kPosition) out.fixed(freq_sum);
    out.fixed(max_fieldnorm_id);
    // 255 stands for any frequency from there on.
    out.fixed(static_cast<std::uint8_t>(std::min<std::uint32_t>(max_freq, 0xFF)));
  }

 private:
  // Five bits are enough: documents have at most 31, and minus one the widest delta has too.
  static constexpr unsigned kWidthMask = 0x1F;
  static constexpr unsigned kStrictFlag = 0x40;
};

}  // namespace splitscope::formats
