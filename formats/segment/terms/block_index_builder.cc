#include "formats/segment/terms/block_index_builder.h"

#include "formats/segment/terms/key_delta.h"

namespace splitscope::formats {

void BlockIndexBuilder::add(std::span<const std::byte> last_key_or_greater, const ByteRange& bytes,
                            std::uint64_t first_ordinal) {
  if (deltas_.empty()) {
    start_ = bytes.start;
    last_ordinal_ = 0;
    last_key_.clear();
  }
  const std::size_t keep = common_prefix(last_key_.span(), last_key_or_greater);
  write_key_delta(deltas_, keep, last_key_or_greater.subspan(keep));
  last_key_.assign(last_key_or_greater);
  values_.leb128(bytes.size());
  values_.leb128(first_ordinal - last_ordinal_);
  last_ordinal_ = first_ordinal;
  ++entries_;
  ++num_blocks_;
  if (deltas_.size() > kBlockDeltaBytes) flush();
}

void BlockIndexBuilder::flush() {
  if (entries_ == 0) return;
  ByteBuffer head;
  head.leb128(entries_);
  head.leb128(start_);
  write_stored_block_head(finished_, head.size() + values_.size() + deltas_.size());
  finished_.bytes(head.span());
  finished_.bytes(values_.span());
  finished_.bytes(deltas_.span());
  values_.clear();
  deltas_.clear();
  entries_ = 0;
}

std::span<const std::byte> BlockIndexBuilder::finish() {
  flush();
  finished_.fixed(std::uint32_t{0});
  return finished_.span();
}

void shorten_separator(KeyBuffer& last, std::span<const std::byte> next) {
  const auto key = last.span();
  // Behind the first difference any byte may be made greater: the result stays less than `next`.
  for (std::size_t at = common_prefix(key, next) + 1; at < key.size(); ++at) {
    if (key[at] == std::byte{0xFF}) continue;
    const auto greater = static_cast<std::byte>(std::to_integer<unsigned>(key[at]) + 1);
    last.replace_tail(at, {&greater, 1});
    return;
  }
}

}  // namespace splitscope::formats
