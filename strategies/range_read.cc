#include "strategies/range_read.h"

#include "strategies/interface/peak_claim.h"
#include "strategies/io/file_source.h"
#include "strategies/io/file_strategy.h"
#include "strategies/io/heap_buffer.h"

namespace splitscope::strategies {
namespace {

class RangeReadSource final : public FileSource {
  using FileSource::FileSource;

  [[nodiscard]] Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    const HeapBuffer::Pointer buffer = HeapBuffer::make(length);
    read_into(offset, {buffer->data(), length});
    return buffer->view(0, length);
  }
};

}  // namespace

StrategyInfo range_read() {
  return {.name = "range-read",
          .summary = "read each range with pread into a fresh buffer",
          .make = make_file_strategy<RangeReadSource, NoOptions<largest_of>>};
}

}  // namespace splitscope::strategies
