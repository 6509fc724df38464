#include "formats/segment/terms/sstable_block_reader.h"

#include <zstd.h>

#include <algorithm>
#include <new>
#include <string>

namespace splitscope::formats {
namespace {

constexpr std::byte kStored{0};
constexpr std::byte kZstd{1};
// tantivy's reader assumes this where a frame does not say what it unpacks to.
constexpr std::uint64_t kAssumedUnpackedBytes = 1024 * 1024;

}  // namespace

SstableBlockReader::SstableBlockReader(const SourceRange& dictionary, std::uint64_t offset,
                                       std::uint64_t length, bool terminated)
    : scan_(dictionary, offset, length), terminated_(terminated) {}

bool SstableBlockReader::next() {
  payload_ = {};
  payload_offset_ = scan_.position();
  if (scan_.remaining() == 0) {
    if (terminated_) fail(0, "the dictionary's blocks end without a terminator");
    return false;
  }
  const auto length = scan_.fixed<std::uint32_t>();
  if (length == 0) {
    if (!terminated_ || scan_.remaining() > 0) {
      fail(0, "the dictionary's blocks are terminated before their end");
    }
    terminated_ = false;
    return false;
  }
  if (length < 2 || length > scan_.remaining()) {
    fail(0, "a dictionary block of " + std::to_string(length) + " bytes does not fit the " +
                std::to_string(scan_.remaining()) + " that are left");
  }
  const std::byte compression = scan_.take(1).front();
  payload_offset_ = scan_.position();
  const auto body = scan_.take(length - 1);
  if (compression == kStored) {
    payload_ = body;
  } else if (compression == kZstd) {
    unpack(body);
  } else {
    fail(0, "a dictionary block has compression " +
                std::to_string(std::to_integer<unsigned>(compression)) +
                "; 0 (stored) and 1 (zstd) are known");
  }
  return true;
}

void SstableBlockReader::unpack(std::span<const std::byte> packed) {
  const unsigned long long claimed = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (claimed == ZSTD_CONTENTSIZE_ERROR) fail(0, "a dictionary block is no zstd frame");
  const std::uint64_t capacity =
      claimed == ZSTD_CONTENTSIZE_UNKNOWN ? kAssumedUnpackedBytes : std::uint64_t{claimed};
  const std::uint64_t limit = std::min(kMaxUnpackedBytes, zstd_expansion_limit(packed.size()));
  if (claimed != ZSTD_CONTENTSIZE_UNKNOWN && capacity > limit) {
    fail(0, "a dictionary block of " + std::to_string(packed.size()) +
                " bytes claims to unpack to " + std::to_string(capacity) + " bytes; at most " +
                std::to_string(limit) + " are possible");
  }
  if (capacity > unpacked_capacity_) {
    unpacked_ = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(capacity));
    unpacked_capacity_ = static_cast<std::size_t>(capacity);
  }
  if (context_ == nullptr) context_ = make_zstd_decompressor();
  const std::size_t unpacked =
      ZSTD_decompressDCtx(context_.get(), unpacked_.get(), static_cast<std::size_t>(capacity),
                          packed.data(), packed.size());
  if (ZSTD_isError(unpacked) != 0) {
    fail(0, std::string("a dictionary block does not unpack: ") + ZSTD_getErrorName(unpacked));
  }
  payload_ = {unpacked_.get(), unpacked};
}

}  // namespace splitscope::formats
