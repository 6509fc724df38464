#include "workloads/search/search.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "formats/codec/content_hash.h"
#include "workloads/search/answers.h"
#include "workloads/search/hot_split.h"
#include "workloads/search/index_searcher.h"
#include "workloads/search/query_maker.h"

namespace splitscope::workloads {
namespace {

struct SearchOptions {
  // Enough for ten of each kind.
  std::uint64_t queries = 10 * QueryMaker::kKinds;
  std::uint64_t seed = 42;
  // A page of results.
  std::uint64_t top = 10;
};

std::uint64_t number_of(const std::string& key, const std::string& text, std::uint64_t low,
                        std::uint64_t high) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end || value < low || value > high) {
    throw UsageError(key + " is \"" + text + "\"; give a number from " + std::to_string(low) +
                     " to " + std::to_string(high));
  }
  return value;
}

SearchOptions parse_options(const std::map<std::string, std::string>& given) {
  // Hits are kept until they are proven: 100,000 queries of 1,000 hits would be 4 GB.
  constexpr std::uint64_t kMaxQueries = 100'000;
  constexpr std::uint64_t kMaxTop = 1'000;
  SearchOptions options;
  for (const auto& [key, value] : given) {
    if (key == "queries") {
      options.queries = number_of(key, value, 1, kMaxQueries);
    } else if (key == "seed") {
      options.seed = number_of(key, value, 0, UINT64_MAX);
    } else if (key == "top") {
      options.top = number_of(key, value, 1, kMaxTop);
    } else {
      throw UsageError("search has no option \"" + key + "\"; there are queries, seed and top");
    }
  }
  return options;
}

class SearchWorkload final : public Workload {
 public:
  explicit SearchWorkload(WorkloadSpec spec) : spec_(std::move(spec)) {}

  [[nodiscard]] std::string name() const override { return "search"; }

  void prepare() override {
    options_ = parse_options(spec_.options);
    if (spec_.inputs.empty()) throw UsageError("search needs at least one split");
    footers_.reserve(spec_.inputs.size());
    for (const auto& input : spec_.inputs) {
      if (!std::filesystem::exists(input)) {
        throw UsageError(shown_path(input) + ": no such file; search takes splits");
      }
      footers_.push_back(footer_of(*spec_.reference, input));
    }
    make_queries();
    answers_.answers.reserve(queries_.size());
    answers_.hits.reserve(queries_.size() * options_.top);
    answers_.documents.resize(queries_.size() * options_.top);
  }

  void run(Strategy& strategy, RunContext& context) override {
    context.phase("open");
    std::vector<IndexSearcher> searchers;
    searchers.reserve(spec_.inputs.size());
    for (std::size_t i = 0; i < spec_.inputs.size(); ++i) {
      searchers.emplace_back(strategy, spec_.inputs[i], footers_[i]);
    }

    context.phase("query");
    TopHits hits(options_.top);
    for (const Query& query : queries_) {
      hits.clear();
      for (std::uint32_t i = 0; i < searchers.size(); ++i) searchers[i].search(query, i, hits);
      const auto best = hits.sorted();
      answers_.answers.push_back({hits.count(), answers_.hits.size(), best.size()});
      answers_.hits.insert(answers_.hits.end(), best.begin(), best.end());
    }

    context.phase("fetch");
    fetch(searchers);
  }

  [[nodiscard]] Verification verify() override {
    std::vector<std::unique_ptr<NaiveIndex>> indexes;
    indexes.reserve(spec_.inputs.size());
    for (const auto& input : spec_.inputs) {
      indexes.push_back(std::make_unique<NaiveIndex>(*spec_.reference, input, queries_));
    }
    check_answers(answers_, queries_, options_.top, indexes);
    Verification verification;
    for (std::size_t i = 0; i < indexes.size(); ++i) {
      verification.input_bytes += std::filesystem::is_directory(spec_.inputs[i])
                                      ? indexes[i]->total_bytes()
                                      : std::filesystem::file_size(spec_.inputs[i]);
    }
    for (const auto& document : answers_.documents) verification.output_bytes += document.bytes;
    verification.digest = digest_of(answers_);
    return verification;
  }

 private:
  // From each input in turn, as many as come to it.
  void make_queries() {
    const std::size_t inputs = spec_.inputs.size();
    queries_.resize(static_cast<std::size_t>(options_.queries));
    for (std::size_t i = 0; i < std::min(inputs, queries_.size()); ++i) {
      QueryMaker maker(*spec_.reference, spec_.inputs[i], options_.seed + i);
      for (std::size_t k = i; k < queries_.size(); k += inputs)
        queries_[k] = maker.make(k / inputs);
    }
  }

  // For each query in the order of the store, so that neighbours share a block.
  void fetch(std::vector<IndexSearcher>& searchers) {
    std::vector<std::size_t> order;
    order.reserve(options_.top);
    for (const auto& answer : answers_.answers) {
      order.resize(answer.hits);
      std::iota(order.begin(), order.end(), answer.first_hit);
      std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return answers_.hits[a].address() < answers_.hits[b].address();
      });
      for (const std::size_t place : order) {
        const Hit& hit = answers_.hits[place];
        const auto document = searchers[hit.index].segment(hit.segment).document(hit.doc);
        answers_.documents[place] = {document.size(), formats::content_hash(document)};
      }
    }
    answers_.documents.resize(answers_.hits.size());
  }

  WorkloadSpec spec_;
  SearchOptions options_;
  std::vector<formats::ByteRange> footers_;
  std::vector<Query> queries_;
  Answers answers_;
};

}  // namespace

std::unique_ptr<Workload> make_search(const WorkloadSpec& spec) {
  return std::make_unique<SearchWorkload>(spec);
}

WorkloadInfo search_info() {
  return {.name = "search",
          .summary = "splits -> answers to queries and the best documents",
          .input = WorkloadInput::kSplits,
          .options = {{"queries", "How many are made up"},
                      {"seed", "Of the choice of queries"},
                      {"top", "How many of the best documents are fetched"}},
          .make = make_search};
}

}  // namespace splitscope::workloads
