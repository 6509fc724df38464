#include "formats/segment/terms/block_packer.h"

#include <zstd.h>

#include <stdexcept>
#include <string>

#include "formats/segment/terms/key_delta.h"

namespace splitscope::formats {
namespace {

// Both as in tantivy.
constexpr std::size_t kLargestStoredBytes = 2048;
constexpr int kLevel = 3;

constexpr std::uint8_t kZstdBlock = 1;

}  // namespace

void BlockPacker::write(std::span<const std::byte> values, std::span<const std::byte> deltas,
                        ComponentWriter& out) {
  head_.clear();
  const auto frame = compress(values, deltas);
  if (!frame.empty()) {
    head_.fixed(static_cast<std::uint32_t>(frame.size() + 1));
    head_.fixed(kZstdBlock);
    out.write(head_.span());
    out.write(frame);
    return;
  }
  write_stored_block_head(head_, values.size() + deltas.size());
  out.write(head_.span());
  out.write(values);
  out.write(deltas);
}

std::span<const std::byte> BlockPacker::compress(std::span<const std::byte> values,
                                                 std::span<const std::byte> deltas) {
  const std::size_t size = values.size() + deltas.size();
  if (blocks_ == DictionaryBlocks::kStored || size <= kLargestStoredBytes) return {};
  block_.clear();
  block_.bytes(values);
  block_.bytes(deltas);
  if (const std::size_t bound = ZSTD_compressBound(size); bound > frame_capacity_) {
    frame_ = std::make_unique_for_overwrite<std::byte[]>(bound);
    frame_capacity_ = bound;
  }
  if (context_ == nullptr) context_ = make_zstd_compressor();
  const std::size_t packed = ZSTD_compressCCtx(context_.get(), frame_.get(), frame_capacity_,
                                               block_.span().data(), size, kLevel);
  if (ZSTD_isError(packed) != 0) {
    throw std::runtime_error(std::string("zstd cannot compress a dictionary block: ") +
                             ZSTD_getErrorName(packed));
  }
  if (packed >= size) return {};
  return {frame_.get(), packed};
}

}  // namespace splitscope::formats
