// Answers queries over all segments of one index.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "formats/segment/index_files.h"
#include "strategies/interface/strategy.h"
#include "workloads/search/query.h"
#include "workloads/search/segment_searcher.h"
#include "workloads/search/top_hits.h"

namespace splitscope::workloads {

/// A split or index directory, open for queries. Term statistics are those of all its segments
/// together, as tantivy's searcher takes them. Must not outlive the strategy; movable;
/// single-threaded. Errors: those of SegmentSearcher.
class IndexSearcher {
 public:
  /// `footer` is what footer_of says of the split.
  IndexSearcher(Strategy& strategy, const std::filesystem::path& path,
                const formats::ByteRange& footer);

  [[nodiscard]] const formats::IndexMeta& meta() const { return files_->meta(); }
  /// Bytes of all files.
  [[nodiscard]] std::uint64_t total_bytes() const { return files_->total_bytes(); }

  /// Adds every match to `hits`, as of index number `index`. Nothing is pruned: all are counted.
  /// Throws UsageError as check_query does.
  void search(const Query& query, std::uint32_t index, TopHits& hits);

  [[nodiscard]] SegmentSearcher& segment(std::uint32_t segment) { return *segments_.at(segment); }

 private:
  /// A term or phrase with its weight and where its terms lie in each segment.
  struct Leaf {
    Query::Kind kind;
    formats::Field field;
    Bm25 weight;
    std::size_t terms;
    /// Those of the first segment, then those of the second.
    std::vector<std::optional<formats::TermInfo>> infos;
  };

  [[nodiscard]] Leaf weigh(const Query& query);
  void search_segment(const Query& query, const std::vector<Leaf>& leaves, std::uint32_t index,
                      std::uint32_t segment, TopHits& hits);
  [[nodiscard]] std::unique_ptr<Scorer> scorer(const Leaf& leaf, std::uint32_t segment);

  // SourceRanges point into it.
  std::unique_ptr<formats::IndexFiles> files_;
  std::vector<std::unique_ptr<SegmentSearcher>> segments_;
};

}  // namespace splitscope::workloads
