// The segments that are merged: opened, compared, put one after another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "formats/segment/index_files.h"
#include "formats/segment/segment_files.h"
#include "strategies/interface/strategy.h"

namespace splitscope::workloads {

/// One segment of one input and where its documents go.
struct MergeSegment {
  formats::SegmentFiles files;
  /// Documents of the segments before it: document d becomes doc_base + d.
  std::uint32_t doc_base = 0;

  [[nodiscard]] std::uint32_t max_doc() const { return files.meta().max_doc; }
};

/// All inputs of a merge, open through one strategy. Immutable once made; must not outlive it.
class MergeInputs {
 public:
  /// `paths` are splits or index directories; their segments are stacked in this order.
  /// Errors: UsageError when schemas differ or documents would exceed tantivy's 2^31 - 1;
  /// UnsupportedFeature as refuse_unsupported (index/unsupported.h); FormatError;
  /// std::system_error.
  MergeInputs(Strategy& strategy, std::span<const std::filesystem::path> paths);

  /// In the order of their paths.
  [[nodiscard]] const std::vector<std::unique_ptr<formats::IndexFiles>>& indexes() const {
    return indexes_;
  }
  [[nodiscard]] const std::vector<MergeSegment>& segments() const { return segments_; }
  [[nodiscard]] const formats::IndexMeta& first_meta() const { return indexes_.front()->meta(); }
  [[nodiscard]] const formats::Schema& schema() const { return first_meta().schema; }
  [[nodiscard]] std::uint32_t total_docs() const { return total_docs_; }
  /// Sum of the sizes of the inputs' files.
  [[nodiscard]] std::uint64_t total_bytes() const;
  /// Id of the merged segment, made from those of the inputs: the same inputs give the same bytes.
  [[nodiscard]] std::string merged_segment_id() const;

 private:
  void add_index(std::unique_ptr<formats::IndexFiles> index);

  std::vector<std::unique_ptr<formats::IndexFiles>> indexes_;
  std::vector<MergeSegment> segments_;
  std::uint32_t total_docs_ = 0;
};

}  // namespace splitscope::workloads
