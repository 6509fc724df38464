// Digests that S3 names bodies by. Raw digests are byte strings; S3 spells them in hex or base64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <boost/crc.hpp>

struct evp_md_ctx_st;

namespace splitscope::s3 {

enum class HashKind { kMd5, kSha256 };

/// Incremental hash over OpenSSL. Single-threaded. Errors: std::runtime_error when OpenSSL has no
/// such algorithm (MD5 is absent in FIPS mode).
class Hasher {
 public:
  explicit Hasher(HashKind kind);
  void update(std::span<const std::byte> bytes);
  /// The raw digest of what came since the construction or the last finish(); starts over.
  [[nodiscard]] std::string finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  void begin();

  HashKind kind_;
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// CRC-32C (Castagnoli), as in x-amz-checksum-crc32c.
using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

/// The four bytes that x-amz-checksum-crc32c carries in base64: big endian.
[[nodiscard]] std::string crc32c_bytes(const Crc32c& crc);

[[nodiscard]] std::string hash(HashKind kind, std::string_view bytes);
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view message);
[[nodiscard]] std::string to_hex(std::string_view bytes);
[[nodiscard]] std::string to_base64(std::string_view bytes);

[[nodiscard]] inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace splitscope::s3
