// A view of bytes together with whatever must stay alive for it: a heap buffer, a mapping, a slot
// of a pool. How long a workload holds one is what splitscope measures.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace splitscope {

/// What stands behind a Bytes. One owner may stand behind many of them (a mapping behind its
/// views).
class BytesOwner {
 public:
  /// Called exactly once for each Bytes handed out, on whichever thread drops it.
  virtual void release(const std::byte* data, std::size_t size) noexcept = 0;

 protected:
  ~BytesOwner() = default;
};

/// Move-only view of `size()` bytes at `data()`. With an owner it owns or pins them: they stay
/// valid until it is destroyed, even after the ByteSource and the Strategy are gone. Without one it
/// borrows from storage that the maker promised to keep. Safe to move between threads, not to share
/// one.
class Bytes {
 public:
  Bytes() noexcept = default;
  Bytes(const std::byte* data, std::size_t size, BytesOwner* owner = nullptr) noexcept
      : data_(data), size_(size), owner_(owner) {}
  Bytes(Bytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        owner_(std::exchange(other.owner_, nullptr)) {}
  Bytes& operator=(Bytes&& other) noexcept {
    if (this != &other) {
      reset();
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
      owner_ = std::exchange(other.owner_, nullptr);
    }
    return *this;
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes() { reset(); }

  [[nodiscard]] const std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::span<const std::byte> span() const noexcept { return {data_, size_}; }

  /// Gives the bytes back now; leaves an empty view.
  void reset() noexcept {
    if (owner_ != nullptr) owner_->release(data_, size_);
    data_ = nullptr;
    size_ = 0;
    owner_ = nullptr;
  }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  BytesOwner* owner_ = nullptr;
};

}  // namespace splitscope
