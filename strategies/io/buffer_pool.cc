#include "strategies/io/buffer_pool.h"

#include <algorithm>
#include <new>
#include <utility>

namespace splitscope::strategies {
namespace {

// A page: neighbouring buffers share none, and their resident size is what they hold.
constexpr std::align_val_t kAlignment{4096};

}  // namespace

PooledBuffer::PooledBuffer(boost::intrusive_ptr<BufferPool> pool,
                           std::span<std::byte> memory) noexcept
    : pool_(std::move(pool)), memory_(memory) {}

PooledBuffer::PooledBuffer(HeapBuffer::Pointer heap, std::span<std::byte> memory) noexcept
    : heap_(std::move(heap)), memory_(memory) {}

PooledBuffer::PooledBuffer(PooledBuffer&& other) noexcept
    : pool_(std::move(other.pool_)),
      heap_(std::move(other.heap_)),
      memory_(std::exchange(other.memory_, {})) {}

PooledBuffer& PooledBuffer::operator=(PooledBuffer&& other) noexcept {
  if (this != &other) {
    reset();
    pool_ = std::move(other.pool_);
    heap_ = std::move(other.heap_);
    memory_ = std::exchange(other.memory_, {});
  }
  return *this;
}

Bytes PooledBuffer::into_bytes(std::size_t length) && noexcept {
  const std::byte* const data = std::exchange(memory_, {}).data();
  // The reference that this object held is from now on held by the Bytes.
  if (heap_ != nullptr) return {data, length, heap_.release()};
  return {data, length, pool_.detach()};
}

void PooledBuffer::reset() noexcept {
  heap_.reset();
  if (pool_ != nullptr) {
    pool_->give_back(memory_.data());
    pool_.reset();
  }
  memory_ = {};
}

BufferPool::Pointer BufferPool::create(std::size_t buffers, std::size_t buffer_bytes) {
  return {new BufferPool(buffers, buffer_bytes)};
}

BufferPool::BufferPool(std::size_t buffers, std::size_t buffer_bytes)
    : limit_(buffers), buffer_bytes_(buffer_bytes) {
  // So that taking a buffer back allocates nothing.
  free_.reserve(buffers);
}

BufferPool::~BufferPool() {
  for (std::byte* const buffer : free_) ::operator delete(buffer, kAlignment);
}

PooledBuffer BufferPool::acquire(std::size_t length) {
  if (length <= buffer_bytes_) {
    if (std::byte* const buffer = take_or_null(); buffer != nullptr) {
      return {Pointer(this), {buffer, buffer_bytes_}};
    }
  }
  {
    const std::lock_guard lock(mutex_);
    ++statistics_.overflows;
  }
  HeapBuffer::Pointer heap = HeapBuffer::make(length);
  std::byte* const data = heap->data();
  return {std::move(heap), {data, length}};
}

BufferPool::Statistics BufferPool::statistics() const {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

void BufferPool::release(const std::byte* data, std::size_t /*size*/) noexcept {
  give_back(const_cast<std::byte*>(data));
  intrusive_ptr_release(this);
}

std::byte* BufferPool::take_or_null() {
  const std::lock_guard lock(mutex_);
  std::byte* buffer = nullptr;
  if (!free_.empty()) {
    buffer = free_.back();
    free_.pop_back();
  } else if (statistics_.allocated < limit_) {
    buffer = static_cast<std::byte*>(::operator new(buffer_bytes_, kAlignment));
    ++statistics_.allocated;
  } else {
    return nullptr;
  }
  ++statistics_.in_use;
  statistics_.most_in_use = std::max(statistics_.most_in_use, statistics_.in_use);
  return buffer;
}

void BufferPool::give_back(std::byte* buffer) noexcept {
  const std::lock_guard lock(mutex_);
  free_.push_back(buffer);
  --statistics_.in_use;
}

}  // namespace splitscope::strategies
