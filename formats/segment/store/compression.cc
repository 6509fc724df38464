#include "formats/segment/store/compression.h"

#include <lz4.h>
#include <zstd.h>

#include <charconv>
#include <cstring>
#include <new>
#include <stdexcept>

#include "formats/errors.h"

namespace splitscope::formats {
namespace {

constexpr std::size_t kSizeBytes = sizeof(std::uint32_t);

// The most that stored bytes can expand to. LZ4: each byte that extends a match stands for up to
// 255.
std::uint64_t expansion_limit(Compressor compressor, std::uint64_t stored_bytes) {
  constexpr std::uint64_t kLz4Ratio = 255;
  if (compressor == Compressor::kLz4) return (stored_bytes + 1) * kLz4Ratio;
  return zstd_expansion_limit(stored_bytes);
}

}  // namespace

std::string_view compressor_name(Compressor compressor) {
  switch (compressor) {
    case Compressor::kNone:
      return "none";
    case Compressor::kLz4:
      return "lz4";
    case Compressor::kZstd:
      return "zstd";
  }
  return "unknown";
}

Compression parse_compression(std::string_view text) {
  if (text == "none") return {Compressor::kNone};
  if (text == "lz4") return {Compressor::kLz4};
  if (text == "zstd") return {Compressor::kZstd};
  constexpr std::string_view kHead = "zstd(compression_level=";
  int level = 0;
  if (text.starts_with(kHead) && text.ends_with(')')) {
    const auto number = text.substr(kHead.size(), text.size() - kHead.size() - 1);
    const auto end = number.data() + number.size();
    const auto parsed = std::from_chars(number.data(), end, level);
    if (parsed.ec == std::errc{} && parsed.ptr == end && level >= ZSTD_minCLevel() &&
        level <= ZSTD_maxCLevel()) {
      return {Compressor::kZstd, level};
    }
  }
  throw UnsupportedFeature(
      "store compression \"" + std::string(text) +
      "\" is not one of none, lz4, zstd, zstd(compression_level=N) with N up to " +
      std::to_string(ZSTD_maxCLevel()));
}

std::string format_compression(const Compression& compression) {
  if (compression.compressor == Compressor::kZstd &&
      compression.level != Compression::kDefaultZstdLevel) {
    return "zstd(compression_level=" + std::to_string(compression.level) + ")";
  }
  return std::string(compressor_name(compression.compressor));
}

BlockCompressor::BlockCompressor(const Compression& compression) : compression_(compression) {
  if (compression.compressor == Compressor::kZstd) zstd_ = make_zstd_compressor();
}

std::span<const std::byte> BlockCompressor::compress(std::span<const std::byte> block) {
  if (compression_.compressor == Compressor::kNone) return block;
  const bool lz4 = compression_.compressor == Compressor::kLz4;
  if (block.size() > static_cast<std::size_t>(LZ4_MAX_INPUT_SIZE)) {
    throw UnsupportedFeature("store: a block of " + std::to_string(block.size()) +
                             " bytes is more than a compressor takes at once");
  }
  const std::size_t room =
      lz4 ? static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(block.size())))
          : ZSTD_compressBound(block.size());
  if (buffer_.size() < kSizeBytes + room) buffer_.resize(kSizeBytes + room);
  const auto size = static_cast<std::uint32_t>(block.size());
  std::memcpy(buffer_.data(), &size, kSizeBytes);
  auto* target = reinterpret_cast<char*>(buffer_.data()) + kSizeBytes;
  if (lz4) {
    const int written =
        LZ4_compress_default(reinterpret_cast<const char*>(block.data()), target,
                             static_cast<int>(block.size()), static_cast<int>(room));
    if (written <= 0) throw std::runtime_error("lz4 could not compress a store block");
    return {buffer_.data(), kSizeBytes + static_cast<std::size_t>(written)};
  }
  const std::size_t written =
      ZSTD_compressCCtx(zstd_.get(), target, room, block.data(), block.size(), compression_.level);
  if (ZSTD_isError(written) != 0) {
    throw std::runtime_error(std::string("zstd could not compress a store block: ") +
                             ZSTD_getErrorName(written));
  }
  return {buffer_.data(), kSizeBytes + written};
}

BlockDecompressor::BlockDecompressor(Compressor compressor) : compressor_(compressor) {
  if (compressor == Compressor::kZstd) zstd_ = make_zstd_decompressor();
}

std::span<const std::byte> BlockDecompressor::decompress(std::span<const std::byte> stored,
                                                         const std::string& file,
                                                         std::uint64_t offset) {
  if (compressor_ == Compressor::kNone) return stored;
  if (stored.size() < kSizeBytes) {
    throw FormatError(file, offset,
                      "a compressed block of " + std::to_string(stored.size()) +
                          " bytes has no room for its uncompressed size");
  }
  std::uint32_t size = 0;
  std::memcpy(&size, stored.data(), kSizeBytes);
  const auto packed = stored.subspan(kSizeBytes);
  if (size > kMaxBlockBytes || size > expansion_limit(compressor_, packed.size())) {
    throw FormatError(file, offset,
                      "a block claims " + std::to_string(size) + " bytes uncompressed, which " +
                          std::to_string(packed.size()) + " bytes of " +
                          std::string(compressor_name(compressor_)) +
                          " cannot be or which is above the limit of " +
                          std::to_string(kMaxBlockBytes));
  }
  if (buffer_.size() < size) buffer_.resize(size);
  std::string problem;
  std::uint64_t got = 0;
  if (compressor_ == Compressor::kLz4) {
    const int result = LZ4_decompress_safe(reinterpret_cast<const char*>(packed.data()),
                                           reinterpret_cast<char*>(buffer_.data()),
                                           static_cast<int>(packed.size()), static_cast<int>(size));
    if (result < 0) problem = "malformed lz4 data";
    got = result < 0 ? 0 : static_cast<std::uint64_t>(result);
  } else {
    const std::size_t result =
        ZSTD_decompressDCtx(zstd_.get(), buffer_.data(), size, packed.data(), packed.size());
    if (ZSTD_isError(result) != 0) problem = std::string("zstd: ") + ZSTD_getErrorName(result);
    got = ZSTD_isError(result) != 0 ? 0 : result;
  }
  if (problem.empty() && got != size) {
    problem = "it holds " + std::to_string(got) + " bytes and claims " + std::to_string(size);
  }
  if (!problem.empty()) {
    throw FormatError(file, offset, "the block cannot be decompressed: " + problem);
  }
  return {buffer_.data(), size};
}

}  // namespace splitscope::formats
