// The compressors of document store blocks (tantivy src/store/compressors.rs, decompressors.rs,
// compression_lz4_block.rs, compression_zstd_block.rs). Section 3.5 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/codec/zstd_context.h"

namespace splitscope::formats {

/// The codes are those of the store's footer.
enum class Compressor : std::uint8_t { kNone = 0, kLz4 = 1, kZstd = 4 };

[[nodiscard]] std::string_view compressor_name(Compressor compressor);

/// `docstore_compression` of meta.json.
struct Compression {
  /// What tantivy takes for "zstd" without a level.
  static constexpr int kDefaultZstdLevel = 3;

  Compressor compressor = Compressor::kLz4;
  /// Only zstd has levels.
  int level = kDefaultZstdLevel;

  bool operator==(const Compression&) const = default;
};

/// "none", "lz4", "zstd" or "zstd(compression_level=N)". Throws UnsupportedFeature that quotes
/// anything else, also a level that this libzstd does not have.
[[nodiscard]] Compression parse_compression(std::string_view text);

/// What parse_compression reads.
[[nodiscard]] std::string format_compression(const Compression& compression);

/// Compresses blocks into one buffer, which it re-uses. Single-threaded.
class BlockCompressor {
 public:
  explicit BlockCompressor(const Compression& compression);

  /// The stored form of `block`, with the leading u32le size where the format has one; valid until
  /// the next call. For kNone it is `block` itself.
  [[nodiscard]] std::span<const std::byte> compress(std::span<const std::byte> block);

  [[nodiscard]] const Compression& compression() const { return compression_; }

 private:
  Compression compression_;
  std::vector<std::byte> buffer_;
  ZstdCompressor zstd_;
};

/// Decompresses blocks into one buffer, which it re-uses. Single-threaded.
class BlockDecompressor {
 public:
  /// A block is refused above this size: 16 kB to 1 MB are usual, and one document may exceed them.
  static constexpr std::uint64_t kMaxBlockBytes = 128ULL << 20;

  explicit BlockDecompressor(Compressor compressor);

  /// The block behind `stored`; valid until the next call, and for kNone as long as `stored`.
  /// `file` and `offset` say where `stored` lies. Throws FormatError; a size that the stored bytes
  /// cannot possibly expand to is refused before anything is allocated for it.
  [[nodiscard]] std::span<const std::byte> decompress(std::span<const std::byte> stored,
                                                      const std::string& file,
                                                      std::uint64_t offset);

 private:
  Compressor compressor_;
  std::vector<std::byte> buffer_;
  ZstdDecompressor zstd_;
};

}  // namespace splitscope::formats
