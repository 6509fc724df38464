// Document stores under a merge: stacked or packed anew, every mixture of compressors, format 6.
#include <string>
#include <vector>

#include "formats/errors.h"
#include "formats/segment/columnar/monotone_map.h"
#include "formats/segment/store/document.h"
#include "tests/catch.h"
#include "workloads/merge/testing/merged.h"

namespace splitscope::workloads {
namespace {

// One document fills a block.
test::PlainIndex index_of_blocks(std::uint32_t blocks, const std::string& compression = "lz4") {
  test::PlainIndex index;
  index.documents = blocks;
  index.settings.docstore_compression = compression;
  index.settings.docstore_blocksize = 100;
  test::PlainField text{test::plain_entry("text", formats::FieldType::kText),
                        test::PlainColumn(blocks)};
  for (std::uint32_t doc = 0; doc < blocks; ++doc) {
    text.rows[doc].push_back(std::to_string(doc) + std::string(150, 'x'));
  }
  index.fields.push_back(text);
  return index;
}

struct Merged {
  explicit Merged(const std::vector<test::PlainIndex>& indexes)
      : inputs(test::write_plain_indexes(indexes, scratch.path())) {
    test::run_merge(inputs, scratch / "out.split");
    for (const auto& input : inputs) {
      for (auto& document : test::OpenSegment(input).documents()) expected.push_back(document);
    }
    open.emplace(scratch / "out.split");
  }
  // Lengths of the blocks of an input and of the output.
  [[nodiscard]] std::vector<std::uint64_t> input_blocks(std::size_t input) const {
    return lengths(test::OpenSegment(inputs.at(input)).blocks());
  }
  [[nodiscard]] std::vector<std::uint64_t> blocks() const { return lengths(open->blocks()); }
  [[nodiscard]] formats::Compressor compressor() const {
    return formats::StoreReader(open->files().store()).compressor();
  }
  static std::vector<std::uint64_t> lengths(const std::vector<formats::Checkpoint>& blocks) {
    std::vector<std::uint64_t> lengths;
    lengths.reserve(blocks.size());
    for (const formats::Checkpoint& block : blocks) lengths.push_back(block.length);
    return lengths;
  }

  test::TemporaryFolder scratch;
  std::vector<std::filesystem::path> inputs;
  std::vector<std::vector<std::byte>> expected;
  std::optional<test::OpenSegment> open;
};

TEST_CASE("stores stack from six blocks on") {
  for (const std::uint32_t blocks : {1U, 5U, 6U, 7U, 20U}) {
    INFO(blocks << " blocks");
    std::vector<test::PlainIndex> indexes(3, index_of_blocks(blocks));
    // What is packed anew gets the block size of the first input, three times as large.
    indexes[0].settings.docstore_blocksize = 500;
    const Merged merged(indexes);
    CHECK(merged.open->documents() == merged.expected);
    // Each input of small blocks goes in as it is, or not at all.
    const auto small = merged.input_blocks(1);
    REQUIRE(small.size() == blocks);
    const auto got = merged.blocks();
    std::size_t seen = 0;
    for (std::size_t at = 0; at + small.size() <= got.size(); ++at) {
      if (std::equal(small.begin(), small.end(), got.begin() + static_cast<std::ptrdiff_t>(at))) {
        ++seen;
        at += small.size() - 1;
      }
    }
    CHECK(seen == (blocks >= 6 ? 2 : 0));
  }
}

TEST_CASE("a block in the making is closed before blocks are stacked on it") {
  const Merged merged({index_of_blocks(2), index_of_blocks(6), index_of_blocks(3)});
  CHECK(merged.open->documents() == merged.expected);
  CHECK(merged.blocks().size() == 11);
  test::PlainIndex large = index_of_blocks(1);
  large.settings.docstore_blocksize = 100'000;
  const Merged part({large, index_of_blocks(6), index_of_blocks(3)});
  CHECK(part.open->documents() == part.expected);
  // One open block, six stacked, one for the rest.
  CHECK(part.blocks().size() == 8);
}

TEST_CASE("documents survive every mixture of compressors") {
  const std::vector<std::string> compressions = {"none", "lz4", "zstd",
                                                 "zstd(compression_level=7)"};
  for (const auto& first : compressions) {
    for (const auto& second : compressions) {
      for (const std::uint32_t blocks : {5U, 9U}) {
        INFO(first << ", " << second << ", " << blocks << " blocks");
        const Merged merged({index_of_blocks(blocks, first), index_of_blocks(blocks, second),
                             index_of_blocks(2 * blocks, first)});
        CHECK(merged.open->documents() == merged.expected);
        CHECK(merged.compressor() == formats::parse_compression(first).compressor);
        // Levels do not matter for stacking, as in tantivy.
        if (blocks < 6) continue;
        const auto from = merged.input_blocks(1);
        const auto got = merged.blocks();
        const bool stacked = std::equal(from.begin(), from.end(), got.begin() + blocks);
        CHECK(stacked == (formats::parse_compression(first).compressor ==
                          formats::parse_compression(second).compressor));
      }
    }
  }
}

constexpr std::int64_t kNoon = 1'700'000'000'123'456'000;

test::PlainIndex index_with_dates(std::uint32_t documents, std::uint32_t store_version) {
  test::PlainIndex index = index_of_blocks(documents);
  index.store_version = store_version;
  test::PlainField date{test::plain_entry("when", formats::FieldType::kDate),
                        test::PlainColumn(documents)};
  for (std::uint32_t doc = 0; doc < documents; ++doc) {
    for (std::uint32_t i = 0; i < doc % 3; ++i) {
      date.rows[doc].push_back(
          test::number_text(formats::map_date((doc % 2 == 0 ? kNoon : -kNoon) + doc * 1000)));
    }
  }
  index.fields.push_back(date);
  return index;
}

TEST_CASE("an index of format 6 merges into one of format 7") {
  // Fewer blocks than stack, and more.
  for (const std::uint32_t documents : {4U, 40U}) {
    const auto old = index_with_dates(documents, 1);
    const auto current = index_with_dates(documents, 2);
    const Merged all_old({old, old});
    const Merged mixed({current, old});
    const Merged all_current({current, current});
    CHECK(test::OpenSegment(all_old.inputs[0]).files().index_format_version() == 6);
    CHECK(all_current.open->files().index_format_version() == 7);
    for (const Merged* merged : {&all_old, &mixed}) {
      CHECK(merged->open->files().index_format_version() == 7);
      CHECK(formats::StoreReader(merged->open->files().store()).version() == 2);
      CHECK(merged->open->documents() == all_current.open->documents());
    }
    std::vector<std::int64_t> dates;
    for (const auto& document : all_old.open->documents()) {
      formats::decode_document(document, [&](const formats::StoredValue& value) {
        if (value.type != formats::StoredType::kDate) return;
        dates.push_back(static_cast<std::int64_t>(value.number()));
      });
    }
    REQUIRE(dates.size() >= 6);
    CHECK(dates[0] == -kNoon + 1000);
    CHECK(dates[1] == kNoon + 2000);
  }
}

}  // namespace
}  // namespace splitscope::workloads
