// Merging: real splits against what tantivy4java made of them, generated ones against their
// listing.
#include "workloads/merge/merge.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/errors.h"
#include "base/testing/temporary_folder.h"
#include "formats/segment/store/store_reader.h"
#include "formats/split/open_index.h"
#include "strategies/catalog.h"
#include "tests/catch.h"
#include "tests/fixtures.h"
#include "workloads/corpus/generate.h"
#include "workloads/merge/index_contents.h"

namespace splitscope::workloads {
namespace {

namespace fs = std::filesystem;

class Phases final : public RunContext {
 public:
  void phase(std::string_view name) override { names.emplace_back(name); }
  void count(std::string_view, std::uint64_t) override {}
  std::vector<std::string> names;
};

/// A strategy with counters of its own.
struct TestStrategy {
  explicit TestStrategy(std::string_view spec = "mmap-view")
      : strategy(strategies::make_strategy(spec, counters)) {}
  AccessCounters counters;
  std::unique_ptr<Strategy> strategy;
};

Verification merge(const std::string& spec, const std::vector<fs::path>& inputs,
                   const fs::path& output, Phases* phases = nullptr,
                   const std::map<std::string, std::string>& options = {}) {
  TestStrategy reference;
  TestStrategy measured(spec);
  Phases own;
  const auto workload = make_merge({inputs, output, options, reference.strategy.get()});
  workload->prepare();
  workload->run(*measured.strategy, phases != nullptr ? *phases : own);
  return workload->verify();
}

IndexContents listing_of(const fs::path& split) {
  TestStrategy test;
  formats::IndexFiles files = formats::open_index(*test.strategy, split);
  IndexContents listing;
  listing.add(formats::SegmentFiles(files), 0);
  return listing;
}

std::vector<std::string> documents_of(const fs::path& split) {
  TestStrategy test;
  formats::IndexFiles files = formats::open_index(*test.strategy, split);
  const formats::StoreReader store(formats::SegmentFiles(files).store());
  formats::DocumentStream stream(store);
  std::vector<std::string> documents;
  while (stream.advance()) {
    const auto bytes = stream.document();
    documents.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return documents;
}

std::vector<std::string> strategy_names() {
  std::vector<std::string> names;
  for (const StrategyInfo& info : strategies::all_strategies()) names.emplace_back(info.name);
  return names;
}

std::vector<fs::path> generate_splits(const fs::path& folder, const std::string& profile,
                                      std::uint64_t size, std::uint32_t count) {
  TestStrategy test("streaming");
  const fs::path file =
      fs::path(SPLITSCOPE_SOURCE_DIR) / "workloads/corpus/profiles" / (profile + ".json");
  std::vector<fs::path> splits;
  for (const auto& made : generate({read_profile(file), size, count, 42}, *test.strategy, folder)) {
    splits.push_back(made.split);
  }
  return splits;
}

TEST_CASE("golden splits merge into what tantivy made of them") {
  for (const std::string group : {"part", "kinds"}) {
    CAPTURE(group);
    const fs::path answer =
        test::golden(group == "part" ? "parts-merged.split" : "kinds-merged.split");
    auto inputs = test::golden_splits(group + "-");
    std::erase(inputs, answer);
    REQUIRE(inputs.size() == (group == "part" ? 3 : 4));
    const test::TemporaryFolder out;
    std::set<std::string> digests;
    for (const std::string& strategy : strategy_names()) {
      CAPTURE(strategy);
      const fs::path merged = out.path() / "merged.split";
      digests.insert(merge(strategy, inputs, merged).digest);
      CHECK(documents_of(merged) == documents_of(answer));
      CHECK(listing_of(answer).difference(listing_of(merged)).empty());
    }
    CHECK(digests.size() == 1);
  }
}

TEST_CASE("the eight real splits merge into what tantivy4java made of them") {
  const auto folder = test::fixture("splits/merge_group");
  if (!folder) return;
  const fs::path answer = *folder / "66b3e258-d5e9-4595-917a-16432c91eda6.split";
  std::vector<fs::path> parts;
  for (const auto& entry : fs::directory_iterator(*folder)) {
    if (entry.path() != answer) parts.push_back(entry.path());
  }
  REQUIRE(parts.size() == 8);
  // Its merge put the inputs into an order of its own, which its documents tell.
  const auto expected = documents_of(answer);
  REQUIRE(expected.size() == 40);
  std::sort(parts.begin(), parts.end(), [&](const fs::path& a, const fs::path& b) {
    const auto place = [&](const fs::path& part) {
      return std::find(expected.begin(), expected.end(), documents_of(part).front());
    };
    return place(a) < place(b);
  });

  const test::TemporaryFolder out;
  std::set<std::string> digests;
  for (const std::string& strategy : strategy_names()) {
    CAPTURE(strategy);
    const fs::path merged = out.path() / "merged.split";
    digests.insert(merge(strategy, parts, merged).digest);
    CHECK(documents_of(merged) == expected);
    CHECK(listing_of(answer).difference(listing_of(merged)).empty());
  }
  CHECK(digests.size() == 1);
}

TEST_CASE("generated splits of every profile merge to the same bytes under every strategy") {
  const auto profile = GENERATE(as<std::string>{}, "logs", "wide", "text", "skewed", "tiny-docs");
  CAPTURE(profile);
  const test::TemporaryFolder folder;
  const auto splits = generate_splits(folder.path(), profile, 500'000, 3);
  std::set<std::string> digests;
  for (const std::string& strategy : strategy_names()) {
    CAPTURE(strategy);
    Phases phases;
    digests.insert(merge(strategy, splits, folder.path() / "out.split", &phases).digest);
    CHECK(phases.names == std::vector<std::string>{"open", "fieldnorms", "postings", "store",
                                                   "columns", "scan", "hotcache", "payload",
                                                   "footer"});
  }
  CHECK(digests.size() == 1);
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    CHECK_FALSE(entry.path().filename().string().starts_with("."));
  }
}

TEST_CASE("a merge of merges is the merge of all") {
  const test::TemporaryFolder folder;
  const auto splits = generate_splits(folder.path(), "logs", 300'000, 4);
  const fs::path left = folder.path() / "left.split";
  const fs::path right = folder.path() / "right.split";
  merge("mmap-view", {splits[0], splits[1]}, left);
  merge("mmap-view", {splits[2], splits[3]}, right);
  merge("mmap-view", {left, right}, folder.path() / "two.split");
  merge("mmap-view", splits, folder.path() / "one.split");
  const IndexContents all = listing_of(folder.path() / "one.split");
  CHECK(all.difference(listing_of(folder.path() / "two.split")).empty());
  CHECK(all.entries().at("field 'body' positions").count > 1000);
}

TEST_CASE("a merge that lost an input is a wrong output") {
  const test::TemporaryFolder folder;
  const auto splits = generate_splits(folder.path(), "logs", 300'000, 3);
  const fs::path output = folder.path() / "out.split";
  TestStrategy reference;
  Phases phases;
  const auto workload = make_merge({splits, output, {}, reference.strategy.get()});
  workload->prepare();
  merge("mmap-view", {splits[0], splits[1]}, output);
  CHECK_THROWS_AS((void)workload->verify(), formats::WrongOutput);
  merge("mmap-view", {splits[0], splits[2], splits[1]}, output);
  CHECK_THROWS_WITH((void)workload->verify(), test::contains("but not the same ones"));
}

TEST_CASE("dictionaries may be packed, and hold the same") {
  const test::TemporaryFolder folder;
  const fs::path stored = folder.path() / "stored.split";
  const fs::path packed = folder.path() / "packed.split";
  const auto splits = generate_splits(folder.path() / "in", "logs", 600'000, 2);
  const auto stored_bytes = merge("streaming", splits, stored).output_bytes;
  const auto packed_bytes =
      merge("streaming", splits, packed, nullptr, {{"dictionaries", "zstd"}}).output_bytes;
  CHECK(packed_bytes < stored_bytes);
  CHECK(listing_of(stored).entries() == listing_of(packed).entries());
  CHECK(merge("streaming", splits, packed, nullptr, {{"dictionaries", "stored"}}).output_bytes ==
        stored_bytes);
  CHECK_THROWS_WITH(merge("streaming", splits, packed, nullptr, {{"dictionaries", "lz4"}}),
                    test::contains("give stored or zstd"));
  CHECK_THROWS_WITH(merge("streaming", splits, packed, nullptr, {{"dictionary", "zstd"}}),
                    test::contains("no option 'dictionary'"));
}

TEST_CASE("what cannot be merged is refused with the reason and leaves nothing") {
  const test::TemporaryFolder folder;
  const fs::path output = folder.path() / "out.split";
  const auto logs = generate_splits(folder.path() / "logs", "logs", 200'000, 1);
  const auto tiny = generate_splits(folder.path() / "tiny", "tiny-docs", 200'000, 1);
  CHECK_THROWS_WITH(merge("mmap-view", {logs[0], tiny[0]}, output),
                    test::contains("its schema is not"));
  CHECK_THROWS_AS(merge("mmap-view", {}, output), UsageError);
  CHECK_THROWS_AS(merge("mmap-view", {folder.path() / "none.split"}, output), std::system_error);
  const fs::path fst = test::golden("fst");
  CHECK_THROWS_WITH(merge("mmap-view", {fst, fst}, output), test::contains("FST"));
  std::set<fs::path> left;
  for (const auto& entry : fs::directory_iterator(folder.path()))
    left.insert(entry.path().filename());
  CHECK(left == std::set<fs::path>{"logs", "tiny"});
}

}  // namespace
}  // namespace splitscope::workloads
