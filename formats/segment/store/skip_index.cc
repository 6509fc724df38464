#include "formats/segment/store/skip_index.h"

#include <algorithm>
#include <string>

#include "formats/codec/checked.h"
#include "formats/codec/scan_reader.h"
#include "formats/codec/variable_number.h"

namespace splitscope::formats {
namespace {

// With 8 checkpoints a record, 22 layers are more than 2^64 blocks.
constexpr std::uint64_t kMaxLayers = 64;

// tantivy's VInt (high bit on the last byte) from a scan.
std::uint64_t scan_vint(ScanReader& in) {
  const auto number =
      read_variable_number<HighBit::kOnLast>([&in] { return int{in.fixed<std::uint8_t>()}; });
  if (number.end != VariableEnd::kWhole) {
    in.fail("a variable-length number of the skip index does not fit 64 bits");
  }
  return number.value;
}

void check_layer_count(ScanReader& in, std::uint64_t layers) {
  if (layers > kMaxLayers) {
    in.fail("a skip index of " + std::to_string(layers) + " layers; at most " +
            std::to_string(kMaxLayers) + " make sense");
  }
}

}  // namespace

SkipIndex SkipIndex::read(const SourceRange& index, std::uint64_t block_bytes) {
  SkipIndex result;
  ScanReader in(index);
  const std::uint64_t layers = scan_vint(in);
  check_layer_count(in, layers);
  std::uint64_t leaf_begin = 0;
  std::uint64_t leaf_end = 0;
  for (std::uint64_t layer = 0; layer < layers; ++layer) {
    leaf_begin = leaf_end;
    leaf_end = scan_vint(in);
    if (leaf_end < leaf_begin) in.fail("the layers of the skip index are not in order");
  }
  if (leaf_end > in.remaining()) {
    in.fail("the skip index ends " + std::to_string(leaf_end - in.remaining()) +
            " bytes behind its file");
  }
  const std::uint64_t end = in.position() + leaf_end;
  in.skip(leaf_begin);
  while (in.position() < end) {
    const std::uint64_t count = scan_vint(in);
    if (count == 0) continue;
    if (scan_vint(in) != result.first_docs_.back() || scan_vint(in) != result.offsets_.back()) {
      in.fail("a record of the skip index does not continue at document " +
              std::to_string(result.first_docs_.back()) + ", byte " +
              std::to_string(result.offsets_.back()));
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto docs = checked_add(std::uint64_t{result.first_docs_.back()}, scan_vint(in));
      const auto offset = checked_add(result.offsets_.back(), scan_vint(in));
      if (!docs || !checked_cast<std::uint32_t>(*docs)) {
        in.fail("the skip index counts more than 2^32 documents");
      }
      if (!offset || *offset > block_bytes) {
        in.fail("a block of the skip index ends behind the " + std::to_string(block_bytes) +
                " bytes of blocks");
      }
      if (in.position() > end) in.fail("a record of the skip index runs past its layer");
      result.first_docs_.push_back(static_cast<std::uint32_t>(*docs));
      result.offsets_.push_back(*offset);
    }
  }
  if (result.offsets_.back() != block_bytes) {
    in.fail("the skip index covers " + std::to_string(result.offsets_.back()) + " of " +
            std::to_string(block_bytes) + " bytes of blocks");
  }
  result.first_docs_.shrink_to_fit();
  result.offsets_.shrink_to_fit();
  return result;
}

std::size_t SkipIndex::find(std::uint32_t doc) const {
  const auto after = std::upper_bound(first_docs_.begin(), first_docs_.end(), doc);
  return static_cast<std::size_t>(after - first_docs_.begin()) - 1;
}

void SkipIndexWriter::add(const Checkpoint& checkpoint) {
  Checkpoint next = checkpoint;
  for (std::size_t level = 0;; ++level) {
    if (level == layers_.size()) layers_.emplace_back();
    Layer& layer = layers_[level];
    layer.open[layer.open_count++] = next;
    if (layer.open_count < kPeriod) return;
    next = layer.close();
  }
}

Checkpoint SkipIndexWriter::Layer::close() {
  const std::size_t begin = bytes.size();
  bytes.vint(open_count);
  bytes.vint(open[0].first_doc);
  bytes.vint(open[0].offset);
  Checkpoint all{open[0].first_doc, 0, begin, 0};
  for (std::size_t i = 0; i < open_count; ++i) {
    bytes.vint(open[i].doc_count);
    bytes.vint(open[i].length);
    all.doc_count += open[i].doc_count;
  }
  all.length = bytes.size() - begin;
  open_count = 0;
  return all;
}

void SkipIndexWriter::finish(ComponentWriter& out) {
  bool carry = false;
  Checkpoint below;
  for (Layer& layer : layers_) {
    if (carry) layer.open[layer.open_count++] = below;
    carry = layer.open_count > 0;
    if (carry) below = layer.close();
  }
  ByteBuffer head;
  head.vint(layers_.size());
  std::uint64_t end = 0;
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    end += layer->bytes.size();
    head.vint(end);
  }
  out.write(head.span());
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    out.write(layer->bytes.span());
  }
}

}  // namespace splitscope::formats
