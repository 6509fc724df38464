// Random numbers, vocabulary, profiles and the generator.
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include "base/errors.h"
#include "base/testing/temporary_folder.h"
#include "formats/segment/segment_files.h"
#include "formats/segment/terms/dictionary_streams.h"
#include "formats/split/open_index.h"
#include "formats/split/output_digest.h"
#include "strategies/catalog.h"
#include "tests/catch.h"
#include "workloads/corpus/generate.h"
#include "workloads/corpus/random.h"
#include "workloads/corpus/vocabulary.h"

namespace splitscope::workloads {
namespace {

namespace fs = std::filesystem;

Profile profile(const std::string& name) {
  return read_profile(fs::path(SPLITSCOPE_SOURCE_DIR) / "workloads/corpus/profiles" /
                      (name + ".json"));
}

/// A strategy with counters of its own.
struct TestStrategy {
  AccessCounters counters;
  std::unique_ptr<Strategy> strategy = strategies::make_strategy("streaming", counters);
};

std::string digest_of_index(Strategy& strategy, const fs::path& index, bool with_store) {
  formats::IndexFiles files = formats::IndexFiles::open_directory(strategy, index);
  std::vector<std::pair<std::string, std::string>> digests;
  for (const auto& entry : files.list()) {
    if (!with_store && entry.name.ends_with(".store")) continue;
    digests.emplace_back(entry.name, formats::sha256_of(files.file(entry.name)));
  }
  return formats::sha256_of_files(digests);
}

TEST_CASE("the random numbers are those of xoshiro256++ seeded by SplitMix64") {
  // Reference values: seed 1234567's first SplitMix64 outputs are the published
  // 6457827717110365317, 3203168211198807973, ...; the xoshiro256++ value follows from them by its
  // definition.
  Random random(1234567ULL);
  const std::uint64_t s0 = 6457827717110365317ULL;
  const std::uint64_t s3 = 4593380528125082431ULL;
  CHECK(random.next() == std::rotl(s0 + s3, 23) + s0);
}

TEST_CASE("bounded numbers stay in bounds and reach both ends") {
  Random random(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.between(5, 9));
  CHECK(seen == std::set<std::uint64_t>{5, 6, 7, 8, 9});
  for (int i = 0; i < 100; ++i) CHECK(random.below(1) == 0);
}

TEST_CASE("Zipf's ranks halve when the rank doubles") {
  Random random(7);
  const Zipf zipf(1000);
  std::vector<int> count(1000);
  constexpr int kDraws = 400'000;
  for (int i = 0; i < kDraws; ++i) ++count[zipf(random)];
  // 1/k over the sum of 1/1..1/1000, within four standard deviations.
  const double expected_first = kDraws / 7.4855;
  CHECK(std::abs(count[0] - expected_first) < 4 * std::sqrt(expected_first));
  CHECK(std::abs(count[0] - 2 * count[1]) < 1200);
  CHECK(std::abs(count[0] - 10 * count[9]) < 4000);
  CHECK(count[999] > 0);
}

TEST_CASE("words are unique and common ones are short") {
  std::set<std::string> words;
  for (std::uint64_t rank = 0; rank < 120'000; ++rank) words.insert(word_of_rank(rank));
  CHECK(words.size() == 120'000);
  CHECK(word_of_rank(0).size() == 2);
  CHECK(word_of_rank(99).size() == 2);
  CHECK(word_of_rank(100).size() == 4);
  CHECK(word_of_rank(100'000).size() == 6);
}

TEST_CASE("every profile generates splits of the wanted size") {
  const auto name = GENERATE(as<std::string>{}, "logs", "wide", "text", "skewed", "tiny-docs");
  const auto size = GENERATE(std::uint64_t{300'000}, std::uint64_t{2'000'000});
  CAPTURE(name, size);
  TestStrategy test;
  const test::TemporaryFolder folder;
  const auto made = generate({profile(name), size, 2, 42}, *test.strategy, folder.path());
  REQUIRE(made.size() == 2);
  for (const GeneratedSplit& split : made) {
    const double ratio =
        static_cast<double>(fs::file_size(split.split)) / static_cast<double>(size);
    CHECK(ratio > 0.97);
    CHECK(ratio < 1.03);
    formats::IndexFiles files = formats::open_index(*test.strategy, split.split);
    const formats::SegmentFiles segment(files);
    CHECK(segment.meta().max_doc == split.documents);
    for (const formats::SegmentComponent component :
         {formats::SegmentComponent::kTerm, formats::SegmentComponent::kPostings,
          formats::SegmentComponent::kPositions, formats::SegmentComponent::kFieldnorm,
          formats::SegmentComponent::kStore, formats::SegmentComponent::kFast}) {
      formats::check_crc(*segment.footer(component));
    }
  }
  std::set<fs::path> left;
  for (const auto& entry : fs::directory_iterator(folder.path()))
    left.insert(entry.path().filename());
  CHECK(left == std::set<fs::path>{"index-0", "index-1", "split-0.split", "split-1.split"});
}

TEST_CASE("the same seed gives the same bytes, another seed others") {
  TestStrategy test;
  const test::TemporaryFolder folder;
  const auto digest = [&](const std::string& where, std::uint64_t seed) {
    generate({profile("logs"), 300'000, 1, seed}, *test.strategy, folder.path() / where);
    return digest_of_index(*test.strategy, folder.path() / where / "index-0", true);
  };
  const std::string first = digest("a", 42);
  CHECK(first == digest("b", 42));
  CHECK(first != digest("c", 43));
}

TEST_CASE("bad profiles and sizes are refused with the field and the reason") {
  const test::TemporaryFolder folder;
  const auto write = [&](const std::string& text) {
    fs::path path = folder.path() / "p.json";
    std::ofstream(path) << text;
    return path;
  };
  CHECK_THROWS_WITH(read_profile(folder.path() / "none.json"), test::contains("cannot be read"));
  CHECK_THROWS_AS(read_profile(write("{")), UsageError);
  const std::string head =
      R"({"name":"x","summary":"s","docstore_compression":"lz4","docstore_blocksize":16384,"fields":[)";
  CHECK_THROWS_WITH(read_profile(write(head + R"({"name":"f","type":"blob","values":{}}]})")),
                    test::contains("field 'f'") && test::contains("type 'blob' is unknown"));
  CHECK_THROWS_WITH(
      read_profile(
          write(head + R"({"name":"f","type":"u64","values":{"kind":"words","cardinality":3}}]})")),
      test::contains("words need type text"));
  CHECK_THROWS_AS(read_profile(write(head + "]}")), UsageError);

  TestStrategy test;
  CHECK_THROWS_WITH(generate({profile("logs"), 100, 1, 1}, *test.strategy, folder.path() / "s"),
                    test::contains("with one document has"));
  CHECK_THROWS_AS(generate({profile("logs"), 100'000, 0, 1}, *test.strategy, folder.path() / "s"),
                  UsageError);
  CHECK(fs::is_empty(folder.path() / "s"));
}

}  // namespace
}  // namespace splitscope::workloads
