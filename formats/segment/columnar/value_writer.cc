#include "formats/segment/columnar/value_writer.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <stdexcept>
#include <string>

namespace splitscope::formats {
namespace {

// 1000 values of up to 8 bytes and the word in the making fit the buffer.
constexpr std::size_t kBatch = 1000;

// Newton's iteration: each step doubles the number of correct bits, of which x = odd has three.
std::uint64_t inverse_of_odd(std::uint64_t odd) {
  std::uint64_t inverse = odd;
  for (int correct = 3; correct < 64; correct *= 2) inverse *= 2 - odd * inverse;
  return inverse;
}

void expect_within(bool beyond) {
  if (beyond) throw std::logic_error("a column got a value that its statistics exclude");
}

}  // namespace

ValueWriter::ValueWriter(ComponentWriter& out, const ValuePlan& plan)
    : out_(out),
      plan_(plan),
      bits_(plan.codec == ValueCodec::kLinear ? plan.bits : packed_bits(plan.stats.packed_max())) {
  static_assert(kBatch * sizeof(std::uint64_t) + 2 * sizeof(std::uint64_t) <= Buffer::kBytes);
  static_assert(kLineBlockValues <= kBatch);
  const ColumnStats& stats = plan.stats;
  if (stats.gcd == 0 || stats.min > stats.max || (stats.max - stats.min) % stats.gcd != 0) {
    throw std::logic_error("column statistics contradict themselves");
  }
  twos_ = std::countr_zero(stats.gcd);
  inverse_ = inverse_of_odd(stats.gcd >> twos_);
  ByteBuffer head;
  head.fixed(plan.codec);
  write_stats(stats, head);
  if (plan.codec == ValueCodec::kLinear) {
    head.vint(plan.line.slope);
    head.vint(plan.line.intercept);
    head.fixed(static_cast<std::uint8_t>(plan.bits));
  }
  out_.write(head.span());
}

void ValueWriter::put(std::span<const std::uint64_t> values) {
  if (values.size() > plan_.stats.count - done_) {
    throw std::logic_error("a column got more than the " + std::to_string(plan_.stats.count) +
                           " values of its statistics");
  }
  while (!values.empty()) {
    const auto batch = values.first(std::min(values.size(), kBatch));
    switch (plan_.codec) {
      case ValueCodec::kBitpacked:
        put_bitpacked(batch);
        break;
      case ValueCodec::kLinear:
        put_linear(batch);
        break;
      case ValueCodec::kBlockwiseLinear:
        put_blockwise(batch);
        break;
    }
    done_ += static_cast<std::uint32_t>(batch.size());
    values = values.subspan(batch.size());
  }
}

std::uint64_t ValueWriter::quotient(std::uint64_t value) const {
  return std::rotr((value - plan_.stats.min) * inverse_, twos_);
}

void ValueWriter::put_bitpacked(std::span<const std::uint64_t> values) {
  const std::uint64_t limit = plan_.stats.packed_max();
  bool beyond = false;
  for (const std::uint64_t value : values) {
    const std::uint64_t packed = quotient(value);
    beyond |= packed > limit;
    packer_.put(packed, bits_);
  }
  expect_within(beyond);
  drain();
}

void ValueWriter::put_linear(std::span<const std::uint64_t> values) {
  const std::uint64_t limit =
      bits_ == 64 ? std::numeric_limits<std::uint64_t>::max() : (std::uint64_t{1} << bits_) - 1;
  const std::uint64_t packed_max = plan_.stats.packed_max();
  bool beyond = false;
  std::uint32_t index = done_;
  for (const std::uint64_t value : values) {
    const std::uint64_t distance = value - plan_.line.at(index++);
    beyond |= distance > limit || quotient(value) > packed_max;
    packer_.put(distance, bits_);
  }
  expect_within(beyond);
  drain();
}

void ValueWriter::put_blockwise(std::span<const std::uint64_t> values) {
  const std::uint64_t limit = plan_.stats.packed_max();
  bool beyond = false;
  for (const std::uint64_t value : values) {
    const std::uint64_t packed = quotient(value);
    beyond |= packed > limit;
    block_[in_block_++] = packed;
    if (in_block_ == block_.size()) end_block();
  }
  expect_within(beyond);
}

void ValueWriter::end_block() {
  const auto block = std::span(block_).first(in_block_);
  if (block.empty()) return;
  const ValueLine line = fit_line(block);
  std::uint64_t max = 0;
  std::uint32_t index = 0;
  for (std::uint64_t& value : block) {
    value -= line.at(index++);
    max = std::max(max, value);
  }
  const unsigned bits = packed_bits(max);
  for (const std::uint64_t value : block) packer_.put(value, bits);
  table_.vint(line.slope);
  table_.vint(line.intercept);
  table_.fixed(static_cast<std::uint8_t>(bits));
  in_block_ = 0;
  drain();
}

void ValueWriter::finish() {
  if (done_ != plan_.stats.count) {
    throw std::logic_error("a column got " + std::to_string(done_) + " of the " +
                           std::to_string(plan_.stats.count) + " values of its statistics");
  }
  if (plan_.codec == ValueCodec::kBlockwiseLinear) end_block();
  packer_.flush();
  drain();
  if (plan_.codec != ValueCodec::kBlockwiseLinear) return;
  table_.fixed(static_cast<std::uint32_t>(table_.size()));
  out_.write(table_.span());
}

void ValueWriter::drain() {
  out_.write({buffer_.bytes.data(), buffer_.used});
  buffer_.used = 0;
}

}  // namespace splitscope::formats
