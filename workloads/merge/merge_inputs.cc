#include "workloads/merge/merge_inputs.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/errors.h"
#include "formats/segment/limits.h"
#include "formats/segment/store/known_compression.h"
#include "formats/segment/unsupported.h"
#include "formats/split/open_index.h"
#include "formats/split/output_digest.h"

namespace splitscope::workloads {
MergeInputs::MergeInputs(Strategy& strategy, std::span<const std::filesystem::path> paths) {
  if (paths.empty()) throw UsageError("merge needs at least one input");
  for (const auto& path : paths) {
    add_index(std::make_unique<formats::IndexFiles>(formats::open_index(strategy, path)));
  }
}

void MergeInputs::add_index(std::unique_ptr<formats::IndexFiles> index) {
  const std::string file = index->path().string();
  formats::refuse_unknown_compression(index->meta().settings.docstore_compression, index->path());
  formats::refuse_unsupported(index->meta(), file, "merged");
  if (index->meta().segments.empty())
    throw UsageError(shown_name(file) + ": the index has no segments");
  if (!indexes_.empty()) {
    const std::string difference = formats::schema_difference(schema(), index->meta().schema);
    if (!difference.empty()) {
      throw UsageError(shown_name(file) + ": its schema is not that of " +
                       shown_path(indexes_.front()->path()) + ": " + difference);
    }
  }
  indexes_.push_back(std::move(index));
  formats::IndexFiles& files = *indexes_.back();
  for (std::size_t i = 0; i < files.meta().segments.size(); ++i) {
    segments_.push_back({formats::SegmentFiles(files, i), total_docs_});
    const std::uint64_t total = std::uint64_t{total_docs_} + segments_.back().max_doc();
    if (total > formats::kMaxDocs) {
      throw UsageError(fmt::format("{}: with it there would be {} documents; a segment holds {}",
                                   shown_name(file), total, formats::kMaxDocs));
    }
    total_docs_ = static_cast<std::uint32_t>(total);
  }
}

std::uint64_t MergeInputs::total_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& index : indexes_) bytes += index->total_bytes();
  return bytes;
}

std::string MergeInputs::merged_segment_id() const {
  Hasher hash;
  for (const MergeSegment& segment : segments_) {
    hash.update(std::as_bytes(std::span(segment.files.meta().segment_id)));
  }
  // More hex digits than an id has.
  const std::string digest = to_hex(hash.finish());
  return formats::dashed_segment_id(std::string_view(digest).substr(0, 32));
}

}  // namespace splitscope::workloads
