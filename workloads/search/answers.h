// What a run of queries brought to light, and the proof of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "workloads/search/naive_search.h"
#include "workloads/search/query.h"
#include "workloads/search/top_hits.h"

namespace splitscope::workloads {

/// Size and hash of a stored document.
struct FetchedDocument {
  std::uint64_t bytes = 0;
  std::uint64_t hash = 0;  // content_hash
};

struct Answers {
  struct Answer {
    /// All matches.
    std::uint64_t count = 0;
    /// Its part of `hits`.
    std::size_t first_hit = 0;
    std::size_t hits = 0;
  };

  /// In the order of the queries.
  std::vector<Answer> answers;
  std::vector<Hit> hits;
  /// Parallel to `hits`.
  std::vector<FetchedDocument> documents;

  [[nodiscard]] std::span<const Hit> hits_of(const Answer& answer) const {
    return std::span(hits).subspan(answer.first_hit, answer.hits);
  }
};

/// Throws WrongOutput, naming the query, when an answer is not what `indexes` give, or a document
/// is not what their stores hold. Scores may differ by what single precision rounds.
void check_answers(const Answers& answers, std::span<const Query> queries, std::size_t top,
                   std::span<const std::unique_ptr<NaiveIndex>> indexes);

/// "sha256:<hex>" over all of it.
[[nodiscard]] std::string digest_of(const Answers& answers);

}  // namespace splitscope::workloads
