#include "formats/codec/zstd_context.h"

#include <zstd.h>

#include <new>

namespace splitscope::formats {

void FreeZstd::operator()(ZSTD_CCtx_s* context) const noexcept { ZSTD_freeCCtx(context); }
void FreeZstd::operator()(ZSTD_DCtx_s* context) const noexcept { ZSTD_freeDCtx(context); }

ZstdCompressor make_zstd_compressor() {
  ZstdCompressor context(ZSTD_createCCtx());
  if (context == nullptr) throw std::bad_alloc();
  return context;
}

ZstdDecompressor make_zstd_decompressor() {
  ZstdDecompressor context(ZSTD_createDCtx());
  if (context == nullptr) throw std::bad_alloc();
  return context;
}

}  // namespace splitscope::formats
