// What is read of a split, and what becomes of one whose footer lies.
#include "workloads/search/hot_split.h"

#include <random>

#include "base/errors.h"
#include "formats/errors.h"
#include "formats/segment/testing/test_files.h"
#include "formats/split/bundle.h"
#include "tests/catch.h"
#include "workloads/search/index_searcher.h"
#include "workloads/search/testing/generated.h"

namespace splitscope::workloads {
namespace {

using test::CountedStrategy;

Query some_term() { return term_query("severity", "ERROR"); }

}  // namespace

TEST_CASE("opening a split reads its footer once and nothing else") {
  const test::TemporaryFolder folder;
  const auto splits = test::generate_splits(folder.path(), "logs", 600'000, 1);
  const CountedStrategy strategy("range-read");
  const formats::ByteRange footer = footer_of(*strategy, splits[0]);
  CHECK(footer.end == std::filesystem::file_size(splits[0]));
  const auto before = strategy.counters.reads.load();
  IndexSearcher searcher(*strategy, splits[0], footer);
  CHECK(strategy.counters.reads.load() == before + 1);
  // A term: the block of the dictionary and the postings; the field has no norms.
  TopHits hits(10);
  searcher.search(some_term(), 0, hits);
  CHECK(hits.count() > 0);
  CHECK(strategy.counters.reads.load() == before + 3);
  // A phrase of two: two blocks, two postings, two lists of positions, and the field's norms. Then
  // a document: its block, for footer and index of the store are in the hotcache.
  searcher.search(phrase_query("body", {"ra", "ki"}), 0, hits);
  CHECK(strategy.counters.reads.load() <= before + 3 + 7);
  const auto then = strategy.counters.reads.load();
  (void)searcher.segment(0).document(0);
  (void)searcher.segment(0).document(1);
  CHECK(strategy.counters.reads.load() == then + 1);
}

TEST_CASE("views of what is held outlive the index") {
  const auto split = test::golden("part-0.split");
  const CountedStrategy strategy("range-read");
  Bytes text;
  {
    formats::IndexFiles files = open_hot(*strategy, split, footer_of(*strategy, split));
    const formats::SourceRange meta = files.file(formats::kMetaFile);
    text = meta.read(0, meta.size());
  }
  CHECK(formats::parse_meta({reinterpret_cast<const char*>(text.data()), text.size()}, "x")
            .segments.size() == 1);
}

TEST_CASE("a footer elsewhere and a hotcache of another split are refused") {
  const test::TemporaryFolder folder;
  const auto splits = test::generate_splits(folder.path(), "logs", 600'000, 1);
  const CountedStrategy strategy("range-read");
  const formats::ByteRange footer = footer_of(*strategy, splits[0]);
  CHECK_THROWS_WITH(open_hot(*strategy, splits[0], {footer.start + 1, footer.end}),
                    test::contains("was looked for here, it begins at"));
  CHECK_THROWS_AS(open_hot(*strategy, splits[0], {footer.start, footer.end + 1}), RangeError);

  // The same container around files of another length: the last file grows by a byte.
  auto bytes = test::read_file(splits[0]);
  const MemorySource source(bytes);
  const formats::Bundle bundle = formats::read_bundle(formats::SourceRange(source, "x"));
  std::vector<formats::BundleItem> items;
  for (const formats::BundleFile& file : bundle.files)
    items.push_back({file.name, file.range.size()});
  const auto meta = std::find_if(items.begin(), items.end(), [](const formats::BundleItem& item) {
    return item.name == formats::kMetaFile;
  });
  REQUIRE(meta != items.end());
  REQUIRE(meta + 1 != items.end());
  ++meta->length;
  --(meta + 1)->length;
  std::vector<std::byte> changed(
      bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bundle.metadata.start));
  const formats::ByteBuffer metadata = formats::bundle_metadata(items);
  changed.insert(changed.end(), metadata.span().begin(), metadata.span().end());
  formats::ByteBuffer length;
  length.fixed(static_cast<std::uint32_t>(metadata.size()));
  changed.insert(changed.end(), length.span().begin(), length.span().end());
  changed.insert(changed.end(), bytes.begin() + static_cast<std::ptrdiff_t>(bundle.hotcache.start),
                 bytes.end());
  test::write_file(folder / "changed.split", changed);
  CHECK_THROWS_WITH(
      open_hot(*strategy, folder / "changed.split", footer_of(*strategy, folder / "changed.split")),
      test::contains("the hotcache is of another split"));
}

TEST_CASE("damaged splits are refused or searched, never more") {
  const test::TemporaryFolder folder;
  const auto splits = test::generate_splits(folder.path(), "logs", 200'000, 1);
  const auto whole = test::read_file(splits[0]);
  const auto broken = folder / "broken.split";
  const std::vector<Query> queries = {
      some_term(), phrase_query("body", {"ra", "ki"}),
      and_query({term_query("body", "ra"), term_query("body", "ki"), some_term()}),
      or_query({term_query("body", "ra"), phrase_query("body", {"ki", "ra"}), some_term()})};
  std::mt19937_64 random(11);
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    auto bytes = whole;
    // One byte anywhere, and in every second round some of the postings, positions and footer.
    for (int k = round % 2 == 0 ? 1 : 40; k > 0; --k) {
      bytes[static_cast<std::size_t>(random() % bytes.size())] ^=
          static_cast<std::byte>(1 + random() % 255);
    }
    test::write_file(broken, bytes);
    test::PlainStrategy plain(0);
    try {
      IndexSearcher searcher(plain, broken, footer_of(plain, broken));
      TopHits hits(10);
      for (const Query& query : queries) {
        hits.clear();
        searcher.search(query, 0, hits);
        for (const Hit& hit : hits.sorted()) {
          (void)searcher.segment(hit.segment).document(hit.doc);
        }
      }
    } catch (const formats::FormatError&) {
      ++refused;
    } catch (const formats::UnsupportedFeature&) {
      ++refused;
    } catch (const UsageError&) {
      ++refused;
    } catch (const RangeError&) {
      ++refused;
    }
  }
  CHECK(refused > 20);
  CHECK(refused < 300);
}

}  // namespace splitscope::workloads
