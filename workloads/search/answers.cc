#include "workloads/search/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "formats/codec/content_hash.h"
#include "formats/errors.h"
#include "formats/segment/store/store_reader.h"
#include "formats/split/output_digest.h"

namespace splitscope::workloads {
namespace {

// Some ten operations, each off by at most 2^-24 of the score.
constexpr double kRounding = 1e-5;
// A very common term's idf is the logarithm of nearly 1, which single precision knows to 2^-24; a
// score is the sum of a few of them, times 2.2.
constexpr double kIdfRounding = 2e-6;

struct ExactHit {
  std::uint32_t index;
  NaiveIndex::Match match;
};

bool near(double exact, float score) {
  return std::abs(exact - score) <= kRounding * std::abs(exact) + kIdfRounding;
}

class AnswerCheck {
 public:
  AnswerCheck(const Query& query, std::span<const std::unique_ptr<NaiveIndex>> indexes)
      : query_(query) {
    for (std::uint32_t i = 0; i < indexes.size(); ++i) {
      for (const auto& match : indexes[i]->search(query)) exact_.push_back({i, match});
    }
  }

  void check(std::uint64_t count, std::span<const Hit> hits, std::size_t top) {
    if (count != exact_.size()) {
      fail(fmt::format("{} documents match, {} were counted", exact_.size(), count));
    }
    if (hits.size() != std::min(top, exact_.size())) {
      fail(fmt::format("{} hits where {} are wanted", hits.size(), std::min(top, exact_.size())));
    }
    for (std::size_t i = 0; i < hits.size(); ++i) {
      if (i > 0 && !ranks_before(hits[i - 1], hits[i])) fail("hits are not in order");
      check_score(hits[i]);
    }
    // Place by place the best there are, whichever of equally good documents they are.
    std::sort(exact_.begin(), exact_.end(),
              [](const ExactHit& a, const ExactHit& b) { return a.match.score > b.match.score; });
    for (std::size_t i = 0; i < hits.size(); ++i) {
      if (near(exact_[i].match.score, hits[i].score)) continue;
      fail(fmt::format("hit {} has score {}, the best left has {}", i + 1, hits[i].score,
                       exact_[i].match.score));
    }
  }

 private:
  // exact_ is in order of addresses still.
  void check_score(const Hit& hit) const {
    const auto found = std::lower_bound(exact_.begin(), exact_.end(), hit.address(),
                                        [](const ExactHit& exact, const auto& address) {
                                          return std::tie(exact.index, exact.match.segment,
                                                          exact.match.doc) < address;
                                        });
    const bool matches = found != exact_.end() && std::tie(found->index, found->match.segment,
                                                           found->match.doc) == hit.address();
    if (!matches) fail(place_of(hit) + " does not match");
    if (!near(found->match.score, hit.score)) {
      fail(fmt::format("{} has score {}, not {}", place_of(hit), found->match.score, hit.score));
    }
  }

  static std::string place_of(const Hit& hit) {
    return fmt::format("document {} of segment {} of input {}", hit.doc, hit.segment, hit.index);
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw formats::WrongOutput("query " + query_json(query_) + ": " + problem);
  }

  const Query& query_;
  std::vector<ExactHit> exact_;
};

void check_documents(const Answers& answers, std::span<const std::unique_ptr<NaiveIndex>> indexes) {
  std::vector<std::size_t> order(answers.hits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return answers.hits[a].address() < answers.hits[b].address();
  });
  auto next = order.begin();
  for (std::uint32_t index = 0; index < indexes.size(); ++index) {
    const auto& segments = indexes[index]->segments();
    for (std::uint32_t segment = 0; segment < segments.size(); ++segment) {
      const formats::StoreReader store(segments[segment].store());
      formats::DocumentStream documents(store);
      while (documents.advance()) {
        const auto address = std::make_tuple(index, segment, documents.doc());
        for (; next != order.end() && answers.hits[*next].address() == address; ++next) {
          const FetchedDocument& fetched = answers.documents[*next];
          if (fetched.bytes == documents.document().size() &&
              fetched.hash == formats::content_hash(documents.document())) {
            continue;
          }
          throw formats::WrongOutput(fmt::format("{}: document {} was fetched as other bytes",
                                                 segments[segment].store().name(),
                                                 documents.doc()));
        }
      }
    }
  }
  if (next != order.end()) {
    throw formats::WrongOutput(
        fmt::format("document {} was fetched, but no store has it", answers.hits[*next].doc));
  }
}

template <typename T>
void add_number(Hasher& hash, T number) {
  hash.update(std::as_bytes(std::span(&number, 1)));
}

}  // namespace

void check_answers(const Answers& answers, std::span<const Query> queries, std::size_t top,
                   std::span<const std::unique_ptr<NaiveIndex>> indexes) {
  if (answers.answers.size() != queries.size() || answers.documents.size() != answers.hits.size()) {
    throw formats::WrongOutput(fmt::format(
        "{} of {} queries were answered, {} of {} documents fetched", answers.answers.size(),
        queries.size(), answers.documents.size(), answers.hits.size()));
  }
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const auto& answer = answers.answers[i];
    AnswerCheck(queries[i], indexes).check(answer.count, answers.hits_of(answer), top);
  }
  check_documents(answers, indexes);
}

std::string digest_of(const Answers& answers) {
  Hasher hash;
  for (const auto& answer : answers.answers) {
    add_number(hash, answer.count);
    add_number(hash, std::uint64_t{answer.hits});
    for (std::size_t i = answer.first_hit; i < answer.first_hit + answer.hits; ++i) {
      const Hit& hit = answers.hits[i];
      add_number(hash, hit.index);
      add_number(hash, hit.segment);
      add_number(hash, hit.doc);
      add_number(hash, std::bit_cast<std::uint32_t>(hit.score));
      add_number(hash, answers.documents[i].bytes);
      add_number(hash, answers.documents[i].hash);
    }
  }
  return formats::output_digest(hash);
}

}  // namespace splitscope::workloads
