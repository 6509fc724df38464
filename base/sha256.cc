#include "base/sha256.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "base/file_error.h"

namespace splitscope {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& file)
      : fd_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {
    if (fd_ < 0) throw FileError("open", file, errno);
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

struct FieldDigest::State {
  std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
};

FieldDigest::FieldDigest() : state_(std::make_unique<State>()) {
  if (!state_->context || EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("the library of OpenSSL cannot make SHA-256 digests");
  }
}

FieldDigest::~FieldDigest() = default;

void FieldDigest::add(std::string_view bytes) {
  if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1) {
    throw std::runtime_error("the library of OpenSSL failed to add to a SHA-256 digest");
  }
}

void FieldDigest::add_field(std::string_view bytes) {
  add(std::to_string(bytes.size()) + ":");
  add(bytes);
}

std::string FieldDigest::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size) != 1) {
    throw std::runtime_error("the library of OpenSSL failed to end a SHA-256 digest");
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kDigits[digest.at(i) >> 4U];
    text += kDigits[digest.at(i) & 15U];
  }
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  FieldDigest digest;
  digest.add(bytes);
  return digest.hex();
}

std::string sha256_hex_of_file(const std::filesystem::path& file) {
  // Large enough that system calls do not count, small enough for the second-level cache.
  constexpr std::size_t kWindowBytes = 256 * 1024;
  const Descriptor descriptor(file);
  std::vector<char> window(kWindowBytes);
  FieldDigest digest;
  for (;;) {
    const ssize_t got = ::read(descriptor.get(), window.data(), window.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw FileError("read", file, errno);
    if (got == 0) return digest.hex();
    digest.add({window.data(), static_cast<std::size_t>(got)});
  }
}

}  // namespace splitscope
