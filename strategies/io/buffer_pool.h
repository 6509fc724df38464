// A bounded set of equal buffers that are handed out and taken back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "strategies/interface/bytes.h"
#include "strategies/io/heap_buffer.h"

namespace splitscope::strategies {

class BufferPool;

/// Memory to fill, from a pool or, when the pool could not serve it, from the heap. Gives itself
/// back when it is destroyed, unless into_bytes() passed it on. Move-only.
class PooledBuffer {
 public:
  PooledBuffer() noexcept = default;
  PooledBuffer(PooledBuffer&& other) noexcept;
  PooledBuffer& operator=(PooledBuffer&& other) noexcept;
  ~PooledBuffer() { reset(); }

  [[nodiscard]] std::span<std::byte> span() noexcept { return memory_; }
  /// Whether it came from the heap.
  [[nodiscard]] bool overflowed() const noexcept { return heap_ != nullptr; }

  /// The first `length` bytes as a view that gives the memory back when it is dropped.
  [[nodiscard]] Bytes into_bytes(std::size_t length) && noexcept;
  void reset() noexcept;

 private:
  friend class BufferPool;
  PooledBuffer(boost::intrusive_ptr<BufferPool> pool, std::span<std::byte> memory) noexcept;
  PooledBuffer(HeapBuffer::Pointer heap, std::span<std::byte> memory) noexcept;

  boost::intrusive_ptr<BufferPool> pool_;
  HeapBuffer::Pointer heap_;
  std::span<std::byte> memory_;
};

/// Buffers are allocated when first needed, page-aligned, and kept until the pool goes. acquire()
/// never fails for want of a buffer: what the pool cannot serve comes from the heap, is counted as
/// an overflow and freed at release. Counted by reference, so buffers may outlive whoever made the
/// pool. Any thread.
class BufferPool final : public BytesOwner, public boost::intrusive_ref_counter<BufferPool> {
 public:
  using Pointer = boost::intrusive_ptr<BufferPool>;

  struct Statistics {
    std::size_t allocated = 0;
    std::size_t in_use = 0;
    std::size_t most_in_use = 0;
    std::uint64_t overflows = 0;
  };

  [[nodiscard]] static Pointer create(std::size_t buffers, std::size_t buffer_bytes);
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  [[nodiscard]] std::size_t buffer_bytes() const noexcept { return buffer_bytes_; }
  /// A buffer of buffer_bytes(), or exactly `length` bytes of heap when the pool is empty or
  /// `length` is larger than that. Throws std::bad_alloc.
  [[nodiscard]] PooledBuffer acquire(std::size_t length);
  [[nodiscard]] Statistics statistics() const;

  void release(const std::byte* data, std::size_t size) noexcept override;

 private:
  friend class PooledBuffer;
  BufferPool(std::size_t buffers, std::size_t buffer_bytes);
  [[nodiscard]] std::byte* take_or_null();
  void give_back(std::byte* buffer) noexcept;

  const std::size_t limit_;
  const std::size_t buffer_bytes_;
  mutable std::mutex mutex_;
  // Last in, first out: the buffer that is warm in the caches comes next.
  std::vector<std::byte*> free_;
  Statistics statistics_;
};

}  // namespace splitscope::strategies
