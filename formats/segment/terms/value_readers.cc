#include "formats/segment/terms/value_readers.h"

#include <bit>
#include <cstring>
#include <limits>
#include <string>

#include "formats/codec/byte_reader.h"
#include "formats/codec/checked.h"

namespace splitscope::formats {
namespace {

// Where `count` variable-length numbers end, or null when they are cut off. Only the last byte of a
// number has its high bit as kHighOnLast says, so that it is enough to count those, eight at a
// time.
template <bool kHighOnLast>
const std::byte* skip_numbers(const std::byte* at, const std::byte* end, std::uint64_t count) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  constexpr std::uint64_t kStride = sizeof kHighBits;
  while (count >= kStride && static_cast<std::size_t>(end - at) >= kStride) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    if constexpr (!kHighOnLast) bytes = ~bytes;
    count -= static_cast<std::uint64_t>(std::popcount(bytes & kHighBits));
    at += kStride;
  }
  for (; count > 0; ++at) {
    if (at == end) return nullptr;
    const bool high = (*at & std::byte{0x80}) != std::byte{0};
    if (high == kHighOnLast) --count;
  }
  return at;
}

// One number of those that skip_numbers has found whole.
template <bool kHighOnLast>
std::uint64_t read_number(const SstableBlockReader& blocks, const std::byte*& at,
                          const std::byte* end) {
  if (at != end) {
    const auto byte = std::to_integer<std::uint64_t>(*at);
    if (((byte & 0x80) != 0) == kHighOnLast) {
      ++at;
      return byte & 0x7F;
    }
  }
  ByteReader reader({at, end}, blocks.place());
  const std::uint64_t value = kHighOnLast ? reader.vint() : reader.leb128();
  at += reader.position();
  return value;
}

std::uint64_t end_of_range(const SstableBlockReader& blocks, std::uint64_t start,
                           std::uint64_t length) {
  const auto end = checked_add(start, length);
  if (!end) blocks.fail(0, "a range in the values of a dictionary block does not fit 64 bits");
  return *end;
}

[[noreturn]] void fail_cut_off(const SstableBlockReader& blocks, std::uint64_t count) {
  blocks.fail(0, "a dictionary block claims " + std::to_string(count) + " values, which its " +
                     std::to_string(blocks.payload().size()) + " bytes do not hold");
}

[[noreturn]] void fail_more_keys(const SstableBlockReader& blocks) {
  blocks.fail(0, "a dictionary block holds more keys than values");
}

[[noreturn]] void fail_fewer_keys(const SstableBlockReader& blocks) {
  blocks.fail(0, "the dictionary block that ends here holds fewer keys than values");
}

}  // namespace

std::size_t TermInfoValues::load(const SstableBlockReader& blocks) {
  end(blocks);
  const auto payload = blocks.payload();
  ByteReader head(payload, blocks.place());
  left_ = head.vint();
  if (left_ == 0) return head.position();
  value_.postings.end = head.vint();
  value_.positions.end = head.vint();
  constexpr std::uint64_t kNumbersPerValue = 3;
  at_ = payload.data() + head.position();
  // Each number takes a byte at least; this also keeps the product from overflowing.
  end_ = left_ > head.remaining() / kNumbersPerValue
             ? nullptr
             : skip_numbers<true>(at_, payload.data() + payload.size(), left_ * kNumbersPerValue);
  if (end_ == nullptr) fail_cut_off(blocks, left_);
  return static_cast<std::size_t>(end_ - payload.data());
}

void TermInfoValues::next(const SstableBlockReader& blocks) {
  if (left_ == 0) fail_more_keys(blocks);
  --left_;
  const std::uint64_t doc_freq = read_number<true>(blocks, at_, end_);
  const std::uint64_t postings = read_number<true>(blocks, at_, end_);
  const std::uint64_t positions = read_number<true>(blocks, at_, end_);
  if (doc_freq > std::numeric_limits<std::uint32_t>::max()) {
    blocks.fail(0, "a term is said to be in " + std::to_string(doc_freq) + " documents");
  }
  value_.doc_freq = static_cast<std::uint32_t>(doc_freq);
  value_.postings.start = value_.postings.end;
  value_.postings.end = end_of_range(blocks, value_.postings.start, postings);
  value_.positions.start = value_.positions.end;
  value_.positions.end = end_of_range(blocks, value_.positions.start, positions);
}

void TermInfoValues::end(const SstableBlockReader& blocks) const {
  if (left_ > 0) fail_fewer_keys(blocks);
}

std::size_t RangeValues::load(const SstableBlockReader& blocks) {
  end(blocks);
  const auto payload = blocks.payload();
  ByteReader head(payload, blocks.place());
  const std::uint64_t boundaries = head.leb128();
  if (boundaries == 0) return head.position();
  value_.end = head.leb128();
  left_ = boundaries - 1;
  at_ = payload.data() + head.position();
  end_ = left_ > head.remaining()
             ? nullptr
             : skip_numbers<false>(at_, payload.data() + payload.size(), left_);
  if (end_ == nullptr) fail_cut_off(blocks, left_);
  return static_cast<std::size_t>(end_ - payload.data());
}

void RangeValues::next(const SstableBlockReader& blocks) {
  if (left_ == 0) fail_more_keys(blocks);
  --left_;
  value_.start = value_.end;
  value_.end = end_of_range(blocks, value_.start, read_number<false>(blocks, at_, end_));
}

void RangeValues::end(const SstableBlockReader& blocks) const {
  if (left_ > 0) fail_fewer_keys(blocks);
}

}  // namespace splitscope::formats
