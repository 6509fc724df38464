#include "strategies/io/heap_buffer.h"

#include <limits>
#include <new>

namespace splitscope::strategies {
namespace {

// The payload follows the header at the alignment that operator new gives.
constexpr std::size_t kHeaderBytes = (sizeof(HeapBuffer) + alignof(std::max_align_t) - 1) /
                                     alignof(std::max_align_t) * alignof(std::max_align_t);

}  // namespace

HeapBuffer::Pointer HeapBuffer::make(std::size_t size) {
  if (size > std::numeric_limits<std::size_t>::max() - kHeaderBytes) throw std::bad_alloc();
  return Pointer(new (::operator new(kHeaderBytes + size)) HeapBuffer);
}

std::byte* HeapBuffer::data() noexcept { return reinterpret_cast<std::byte*>(this) + kHeaderBytes; }

Bytes HeapBuffer::view(std::size_t offset, std::size_t length) noexcept {
  references_.fetch_add(1, std::memory_order_relaxed);
  return {data() + offset, length, this};
}

void HeapBuffer::release(const std::byte* /*data*/, std::size_t /*size*/) noexcept { drop(); }

void HeapBuffer::drop() noexcept {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  this->~HeapBuffer();
  ::operator delete(this);
}

}  // namespace splitscope::strategies
