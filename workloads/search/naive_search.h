// Searching without any of the means that make it quick, as proof of those that do: dictionaries
// are read through, postings and positions decoded whole, scores computed in double precision.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "formats/segment/index_files.h"
#include "formats/segment/segment_files.h"
#include "formats/segment/terms/term_info.h"
#include "strategies/interface/strategy.h"
#include "workloads/search/query.h"

namespace splitscope::workloads {

/// One index and where the terms of some queries lie in it. Does not look at hotcaches. Must not
/// outlive the strategy; single-threaded. Errors: those of reading the index.
class NaiveIndex {
 public:
  struct Match {
    std::uint32_t segment;
    std::uint32_t doc;
    double score;
  };

  /// Only these queries can be asked.
  NaiveIndex(Strategy& strategy, const std::filesystem::path& path, std::span<const Query> queries);
  NaiveIndex(const NaiveIndex&) = delete;
  NaiveIndex& operator=(const NaiveIndex&) = delete;

  [[nodiscard]] std::uint64_t total_bytes() const { return files_.total_bytes(); }
  [[nodiscard]] const std::vector<formats::SegmentFiles>& segments() const { return segments_; }

  /// All matches, by segment and document.
  [[nodiscard]] std::vector<Match> search(const Query& query) const;

 private:
  using Key = std::pair<formats::Field, std::string>;
  /// A document and how often it has the term or phrase.
  using Counts = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

  void want(const Query& query);
  void find_terms();
  [[nodiscard]] const formats::TermInfo* find(std::size_t segment, const Key& key) const;
  [[nodiscard]] Counts term_counts(std::size_t segment, const Key& key) const;
  [[nodiscard]] Counts phrase_counts(std::size_t segment, formats::Field field,
                                     const Query& query) const;
  [[nodiscard]] double idf(const Key& key) const;
  void add_leaf(std::size_t segment, const Query& query, std::vector<double>& scores,
                std::vector<std::uint32_t>& leaves) const;

  formats::IndexFiles files_;
  std::vector<formats::SegmentFiles> segments_;
  std::map<Key, std::vector<formats::TermInfo>>
      terms_;  // by segment; no documents where it has none
};

}  // namespace splitscope::workloads
