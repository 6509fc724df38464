// Heap memory behind Bytes: header and payload in one allocation.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "strategies/interface/bytes.h"

namespace splitscope::strategies {

/// A buffer of fixed size, counted by reference: by the one pointer to it and by the Bytes that
/// view it. Freed by the last of them, on whichever thread drops it. The contents start out
/// undefined. The maker remembers the size; the buffer does not.
class HeapBuffer final : public BytesOwner {
 public:
  struct Drop {
    void operator()(HeapBuffer* buffer) const noexcept { buffer->drop(); }
  };
  using Pointer = std::unique_ptr<HeapBuffer, Drop>;

  /// Throws std::bad_alloc.
  [[nodiscard]] static Pointer make(std::size_t size);

  HeapBuffer(const HeapBuffer&) = delete;
  HeapBuffer& operator=(const HeapBuffer&) = delete;

  [[nodiscard]] std::byte* data() noexcept;

  /// A view that keeps the buffer alive. The range must lie within it.
  [[nodiscard]] Bytes view(std::size_t offset, std::size_t length) noexcept;

  /// Whether the caller's pointer is the only reference, so that the contents may change.
  [[nodiscard]] bool unshared() const noexcept {
    return references_.load(std::memory_order_acquire) == 1;
  }

  void release(const std::byte* data, std::size_t size) noexcept override;

 private:
  HeapBuffer() noexcept = default;
  ~HeapBuffer() = default;
  void drop() noexcept;

  std::atomic<std::uint32_t> references_{1};
};

}  // namespace splitscope::strategies
