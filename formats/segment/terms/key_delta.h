// Writes a key as what it adds to the one before. Counterpart of key_decoder.h.
#pragma once

#include <cstddef>
#include <span>

#include "formats/codec/byte_buffer.h"
#include "formats/segment/terms/key_decoder.h"

namespace splitscope::formats {

/// Blocks of keys are closed as soon as they are longer than this, as tantivy does it.
inline constexpr std::size_t kBlockDeltaBytes = 4000;

/// Appends the delta of a key that shares `keep` bytes with the one before and goes on with
/// `suffix`.
inline void write_key_delta(ByteBuffer& out, std::size_t keep, std::span<const std::byte> suffix) {
  if (keep < kShortDeltaLimit && suffix.size() < kShortDeltaLimit) {
    out.fixed(static_cast<std::byte>(keep | suffix.size() << 4));
  } else {
    out.fixed(kLongDelta);
    out.leb128(keep);
    out.leb128(suffix.size());
  }
  out.bytes(suffix);
}

/// Appends a stored block: its length, the mark for "not compressed", values, keys.
inline void write_stored_block_head(ByteBuffer& out, std::size_t payload_bytes) {
  out.fixed(static_cast<std::uint32_t>(payload_bytes + 1));
  out.fixed(std::byte{0});
}

}  // namespace splitscope::formats
