#include "strategies/io/gathering_sink.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "base/file_output.h"

namespace splitscope::strategies {
namespace {

// realloc rather than std::vector: what is modelled (Rust's Vec) grows that way, which the
// allocator can often do in place.
class GrowingBuffer {
 public:
  GrowingBuffer() = default;
  ~GrowingBuffer() { std::free(data_); }
  GrowingBuffer(const GrowingBuffer&) = delete;
  GrowingBuffer& operator=(const GrowingBuffer&) = delete;

  void append(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    if (bytes.size() > capacity_ - size_) grow(size_ + bytes.size());
    std::memcpy(data_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  [[nodiscard]] std::span<const std::byte> span() const { return {data_, size_}; }

 private:
  void grow(std::size_t needed) {
    const std::size_t capacity = std::max(needed, 2 * capacity_);
    void* const grown = std::realloc(data_, capacity);
    if (grown == nullptr) throw std::bad_alloc();
    data_ = static_cast<std::byte*>(grown);
    capacity_ = capacity;
  }

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

class GatheringSink final : public ByteSink {
 public:
  GatheringSink(const std::filesystem::path& path, AccessCounters& counters)
      : ByteSink(counters), file_(path) {}

 private:
  void append(std::span<const std::byte> bytes) override { content_.append(bytes); }
  void complete() override {
    file_.write(content_.span());
    file_.commit();
  }

  GrowingBuffer content_;
  FileOutput file_;
};

}  // namespace

std::unique_ptr<ByteSink> make_gathering_sink(const std::filesystem::path& path,
                                              AccessCounters& counters) {
  return std::make_unique<GatheringSink>(path, counters);
}

}  // namespace splitscope::strategies
