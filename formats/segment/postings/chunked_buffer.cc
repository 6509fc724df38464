#include "formats/segment/postings/chunked_buffer.h"

namespace splitscope::formats {

std::byte* ChunkedBuffer::reserve(std::size_t length) {
  if (used_.empty() || used_.back() + length > kChunkBytes) {
    if (used_.size() == chunks_.size()) {
      chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(kChunkBytes));
    }
    used_.push_back(0);
  }
  return chunks_[used_.size() - 1].get() + used_.back();
}

void ChunkedBuffer::append_to(ComponentWriter& out) const {
  for (std::size_t i = 0; i < used_.size(); ++i) out.write({chunks_[i].get(), used_[i]});
}

void ChunkedBuffer::clear() { used_.clear(); }

}  // namespace splitscope::formats
