// zstd's contexts, owned. Each keeps its tables, so make one for many blocks.
#pragma once

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

}  // namespace splitscope::formats
