// MD5 and SHA-256, over OpenSSL. Raw digests are byte strings.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace splitscope {

enum class HashKind { kMd5, kSha256 };

/// Incremental. Single-threaded. Errors: std::runtime_error when OpenSSL has no such algorithm (MD5
/// is absent in FIPS mode) or fails; std::bad_alloc.
class Hasher {
 public:
  explicit Hasher(HashKind kind = HashKind::kSha256);
  void update(std::span<const std::byte> bytes);
  void update(std::string_view bytes) { update(std::as_bytes(std::span(bytes))); }
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

/// SHA-256 of a list of fields, each with its length first, so that ("ab", "c") and ("a", "bc")
/// differ.
class FieldDigest {
 public:
  void add_field(std::string_view bytes);
  /// 64 hexadecimal digits. Call once, last.
  [[nodiscard]] std::string hex();

 private:
  Hasher hasher_;
};

/// Raw.
[[nodiscard]] std::string digest_of(HashKind kind, std::string_view bytes);
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view message);

/// 64 hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);
/// The same; reads the file once, a window at a time. Errors: FileError.
[[nodiscard]] std::string sha256_hex_of_file(const std::filesystem::path& file);

[[nodiscard]] std::string to_hex(std::string_view bytes);
[[nodiscard]] std::string to_base64(std::string_view bytes);

}  // namespace splitscope
