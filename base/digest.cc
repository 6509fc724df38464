#include "base/digest.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <new>
#include <stdexcept>
#include <vector>

#include "base/file_error.h"
#include "base/open_restarting.h"

namespace splitscope {
namespace {

class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& file)
      : fd_(open_restarting(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {
    if (fd_ < 0) throw FileError("open", file, errno);
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

const unsigned char* as_unsigned(const void* data) {
  return static_cast<const unsigned char*>(data);
}

}  // namespace

void Hasher::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Hasher::Hasher(HashKind kind) : kind_(kind), context_(EVP_MD_CTX_new()) {
  if (!context_) throw std::bad_alloc();
  begin();
}

void Hasher::begin() {
  const EVP_MD* algorithm = kind_ == HashKind::kMd5 ? EVP_md5() : EVP_sha256();
  if (EVP_DigestInit_ex(context_.get(), algorithm, nullptr) != 1) {
    throw std::runtime_error(std::string("OpenSSL offers no ") +
                             (kind_ == HashKind::kMd5 ? "MD5" : "SHA-256") +
                             "; is it in FIPS mode?");
  }
}

void Hasher::update(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) {
    throw std::runtime_error("OpenSSL failed to hash " + std::to_string(bytes.size()) + " bytes");
  }
}

std::string Hasher::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1) {
    throw std::runtime_error("OpenSSL failed to finish a hash");
  }
  begin();
  return {reinterpret_cast<const char*>(digest.data()), size};
}

void FieldDigest::add_field(std::string_view bytes) {
  hasher_.update(std::to_string(bytes.size()) + ":");
  hasher_.update(bytes);
}

std::string FieldDigest::hex() { return to_hex(hasher_.finish()); }

std::string sha256_hex(std::string_view bytes) {
  return to_hex(digest_of(HashKind::kSha256, bytes));
}

std::string sha256_hex_of_file(const std::filesystem::path& file) {
  // Large enough that system calls do not count, small enough for the second-level cache.
  constexpr std::size_t kWindowBytes = 256 * 1024;
  const Descriptor descriptor(file);
  std::vector<char> window(kWindowBytes);
  Hasher hasher;
  for (;;) {
    const ssize_t got = ::read(descriptor.get(), window.data(), window.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw FileError("read", file, errno);
    if (got == 0) return to_hex(hasher.finish());
    hasher.update(std::string_view(window.data(), static_cast<std::size_t>(got)));
  }
}

std::string digest_of(HashKind kind, std::string_view bytes) {
  Hasher hasher(kind);
  hasher.update(bytes);
  return hasher.finish();
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), as_unsigned(message.data()),
           message.size(), digest.data(), &size) == nullptr) {
    throw std::runtime_error("OpenSSL failed to compute an HMAC");
  }
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::string to_base64(std::string_view bytes) {
  // EVP_EncodeBlock writes a terminating zero after the text.
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   as_unsigned(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace splitscope
