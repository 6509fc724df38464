#include "formats/split/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

namespace splitscope::formats {

struct Sha256::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(evp); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  if (context_->evp == nullptr || EVP_DigestInit_ex(context_->evp, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL does not offer SHA-256");
  }
}

Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) != 1) {
    throw std::runtime_error("OpenSSL failed in the middle of a SHA-256");
  }
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_DigestFinal_ex(context_->evp, digest.data(), &length) != 1) {
    throw std::runtime_error("OpenSSL failed at the end of a SHA-256");
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "sha256:";
  for (unsigned int i = 0; i < length; ++i) {
    text.push_back(kHex[digest[i] >> 4]);
    text.push_back(kHex[digest[i] & 15]);
  }
  return text;
}

std::string sha256_of(const SourceRange& range) {
  Sha256 digest;
  if (range.size() > 0) {
    const auto scan = range.scan(0, range.size());
    for (Bytes window = scan->next(); !window.empty();) {
      digest.update(window.span());
      window.reset();
      window = scan->next();
    }
  }
  return digest.finish();
}

std::string sha256_of_listing(std::vector<std::pair<std::string, std::string>> files) {
  std::sort(files.begin(), files.end());
  Sha256 digest;
  for (const auto& [name, file_digest] : files) {
    // No name holds a NUL, so the pieces cannot run into each other.
    std::string line = name;
    line += '\0';
    line += file_digest;
    line += '\n';
    digest.update(std::as_bytes(std::span(line)));
  }
  return digest.finish();
}

}  // namespace splitscope::formats
