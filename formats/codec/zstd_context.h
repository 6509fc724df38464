// zstd's contexts, owned: each keeps its tables, so make one for many blocks. And its limit.
#pragma once

#include <cstdint>
#include <memory>

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace splitscope::formats {

struct FreeZstd {
  void operator()(ZSTD_CCtx_s* context) const noexcept;
  void operator()(ZSTD_DCtx_s* context) const noexcept;
};

using ZstdCompressor = std::unique_ptr<ZSTD_CCtx_s, FreeZstd>;
using ZstdDecompressor = std::unique_ptr<ZSTD_DCtx_s, FreeZstd>;

/// Never null. Errors: std::bad_alloc.
[[nodiscard]] ZstdCompressor make_zstd_compressor();
[[nodiscard]] ZstdDecompressor make_zstd_decompressor();

/// The most that a frame can unpack to: a block of 128 KiB of one repeated byte takes 4 bytes, its
/// head and the byte (RFC 8878, 3.1.1.2).
[[nodiscard]] constexpr std::uint64_t zstd_expansion_limit(std::uint64_t packed_bytes) {
  constexpr std::uint64_t kSmallestBlockBytes = 4;
  constexpr std::uint64_t kUnpackedBlockBytes = 128 * 1024;
  return (packed_bytes / kSmallestBlockBytes + 1) * kUnpackedBlockBytes;
}

}  // namespace splitscope::formats
