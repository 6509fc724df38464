#include "s3/client/body_source.h"

#include <algorithm>
#include <cstring>

#include "base/death.h"
#include "base/digest.h"
#include "base/errors.h"
#include "s3/client/truncation_guard.h"

namespace splitscope {
namespace {

class MemoryPass final : public Scan {
 public:
  explicit MemoryPass(std::span<const std::byte> bytes) : bytes_(bytes) {}

 private:
  Bytes next_window() override {
    const auto window = std::exchange(bytes_, {});
    return {window.data(), window.size()};
  }

  std::span<const std::byte> bytes_;
};

[[noreturn]] void fail_early_end(std::uint64_t got, std::uint64_t expected) {
  throw TruncatedFile("the file being uploaded became shorter: " + std::to_string(got) + " of " +
                      std::to_string(expected) + " bytes of this request could be read");
}

}  // namespace

BodySource memory_body(std::span<const std::byte> bytes) {
  return {bytes.size(), [bytes] { return std::make_unique<MemoryPass>(bytes); }, {}};
}

namespace s3 {

std::string hash_body(const BodySource& body) {
  Hasher sha256(HashKind::kSha256);
  std::uint64_t got = 0;
  if (body.length_bytes > 0) {
    const auto scan = body.open();
    for (Bytes window = scan->next(); !window.empty();) {
      throw_if_dying();
      sha256.update(window.span());
      throw_if_truncated();
      got += window.size();
      window.reset();
      window = scan->next();
    }
  }
  if (got != body.length_bytes) fail_early_end(got, body.length_bytes);
  return to_hex(sha256.finish());
}

std::size_t BodyReader::read(std::span<std::byte> buffer) {
  if (given_bytes_ == body_->length_bytes || buffer.empty()) return 0;
  if (!scan_) scan_ = body_->open();
  if (window_used_ == window_.size()) {
    // A strategy may reuse the memory of a window, so it goes back first.
    window_.reset();
    window_ = scan_->next();
    window_used_ = 0;
    if (window_.empty()) fail_early_end(given_bytes_, body_->length_bytes);
  }
  const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(
      {buffer.size(), window_.size() - window_used_, body_->length_bytes - given_bytes_}));
  std::memcpy(buffer.data(), window_.data() + window_used_, count);
  throw_if_truncated();
  window_used_ += count;
  given_bytes_ += count;
  // What was read to the end is not held while the last bytes are on their way.
  if (given_bytes_ == body_->length_bytes) {
    window_.reset();
    scan_.reset();
    window_used_ = 0;
    if (body_->before_end) body_->before_end();
  }
  return count;
}

void BodyReader::rewind() {
  window_.reset();
  scan_.reset();
  window_used_ = 0;
  given_bytes_ = 0;
}

}  // namespace s3
}  // namespace splitscope
