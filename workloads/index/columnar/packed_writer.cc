#include "workloads/index/columnar/packed_writer.h"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string>

#include "workloads/codec/byte_buffer.h"
#include "workloads/index/columnar/value_stream.h"

namespace splitscope {
namespace {

// Newton's iteration: each step doubles the number of correct bits, of which x = odd has three.
std::uint64_t inverse_of_odd(std::uint64_t odd) {
  std::uint64_t inverse = odd;
  for (int correct = 3; correct < 64; correct *= 2) inverse *= 2 - odd * inverse;
  return inverse;
}

}  // namespace

PackedWriter::PackedWriter(ComponentWriter& out, const ColumnStats& stats)
    : out_(out), stats_(stats), bits_(packed_bits(stats.packed_max())) {
  if (stats.gcd == 0 || stats.min > stats.max || (stats.max - stats.min) % stats.gcd != 0) {
    throw std::logic_error("column statistics contradict themselves");
  }
  twos_ = std::countr_zero(stats.gcd);
  inverse_ = inverse_of_odd(stats.gcd >> twos_);
  ByteBuffer head;
  head.fixed(ValueCodec::kBitpacked);
  write_stats(stats, head);
  out_.write(head.span());
}

void PackedWriter::put(std::span<const std::uint64_t> values) {
  if (values.size() > stats_.count - done_) {
    throw std::logic_error("a column got more than the " + std::to_string(stats_.count) +
                           " values of its statistics");
  }
  done_ += static_cast<std::uint32_t>(values.size());
  const std::uint64_t limit = stats_.packed_max();
  // 1000 values of up to 8 bytes and the word in the making fit the buffer.
  constexpr std::size_t kBatch = 1000;
  static_assert(kBatch * sizeof(std::uint64_t) + 2 * sizeof(std::uint64_t) <= Buffer::kBytes);
  while (!values.empty()) {
    const auto batch = values.first(std::min(values.size(), kBatch));
    bool beyond = false;
    for (const std::uint64_t value : batch) {
      const std::uint64_t packed = std::rotr((value - stats_.min) * inverse_, twos_);
      beyond |= packed > limit;
      packer_.put(packed, bits_);
    }
    if (beyond) throw std::logic_error("a column got a value that its statistics exclude");
    out_.write({buffer_.bytes.data(), buffer_.used});
    buffer_.used = 0;
    values = values.subspan(batch.size());
  }
}

void PackedWriter::finish() {
  if (done_ != stats_.count) {
    throw std::logic_error("a column got " + std::to_string(done_) + " of the " +
                           std::to_string(stats_.count) + " values of its statistics");
  }
  packer_.flush();
  out_.write({buffer_.bytes.data(), buffer_.used});
  buffer_.used = 0;
}

}  // namespace splitscope
