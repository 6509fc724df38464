// Splits of others: what our readers take out of them goes through our writers and must come out
// with the same bytes.
#include <filesystem>
#include <string>
#include <vector>

#include "formats/segment/postings/positions_decoder.h"
#include "formats/segment/postings/positions_writer.h"
#include "formats/segment/postings/postings_decoder.h"
#include "formats/segment/postings/postings_writer.h"
#include "formats/segment/terms/dictionary_lookup.h"
#include "formats/segment/terms/dictionary_streams.h"
#include "formats/segment/terms/sstable_writer.h"
#include "formats/segment/terms/testing/fixture_split.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "tests/catch.h"
#include "tests/fixtures.h"

namespace splitscope::formats {
namespace {

using test::FileBytes;
using test::FixtureSplit;
using test::MemoryComponent;

IndexRecordOption record_option(const nlohmann::json& field) {
  const auto& options = field.at("options");
  if (!options.contains("indexing") || !options.at("indexing").is_object()) {
    return IndexRecordOption::kBasic;
  }
  const auto record = options.at("indexing").at("record").get<std::string>();
  if (record == "position") return IndexRecordOption::kPosition;
  return record == "freq" ? IndexRecordOption::kFreq : IndexRecordOption::kBasic;
}

struct Totals {
  std::uint64_t fields = 0;
  std::uint64_t terms = 0;
  std::uint64_t docs = 0;
  std::uint64_t positions = 0;
  std::uint64_t same_dictionaries = 0;
};

// Reads a field through all streams, writes it again, compares.
void check_field(const FileBytes& term, const FileBytes& idx, const FileBytes& pos,
                 const FileBytes& norms, IndexRecordOption option, std::uint32_t max_doc,
                 Totals& totals) {
  const MemorySource term_source(term, 100);
  const MemorySource idx_source(idx, 7);
  const MemorySource pos_source(pos, 7);
  const SourceRange term_range(term_source, "fixture.term");
  TermStream terms(term_range);
  const TermDictionary lookup(term_range);
  PostingsDecoder postings(SourceRange(idx_source, "fixture.idx"), option, max_doc);
  PositionsDecoder positions(SourceRange(pos_source, "fixture.pos"), TermAccess::kForward);

  MemoryComponent term_out;
  MemoryComponent idx_out;
  MemoryComponent pos_out;
  TermWriter term_writer(term_out.writer());
  PostingsWriter postings_writer(idx_out.writer());
  PositionsWriter positions_writer(pos_out.writer());
  // Block maxima are of the norms.
  const auto norm_bytes = std::span(norms);
  postings_writer.begin_field(
      option, read_total_num_tokens(SourceRange(idx_source, "fixture.idx")),
      {reinterpret_cast<const std::uint8_t*>(norm_bytes.data()), norm_bytes.size()});
  positions_writer.begin_field();
  while (terms.advance()) {
    REQUIRE(lookup.lookup(terms.key()) == terms.value());
    postings.open(terms.value());
    postings_writer.begin_term(postings.has_freqs());
    std::uint64_t freq_sum = 0;
    while (postings.next_block() > 0) {
      postings_writer.add(postings.docs(), postings.term_freqs());
      totals.docs += postings.docs().size();
      for (const std::uint32_t freq : postings.term_freqs()) freq_sum += freq;
    }
    TermInfo info;
    const auto written = postings_writer.end_term();
    info.doc_freq = written.doc_freq;
    info.postings = written.range;
    if (option == IndexRecordOption::kPosition) {
      positions.open(terms.value());
      positions_writer.begin_term();
      std::uint64_t count = 0;
      for (auto part = positions.next_chunk(); !part.empty(); part = positions.next_chunk()) {
        positions_writer.add(part);
        count += part.size();
      }
      REQUIRE(count == freq_sum);
      totals.positions += count;
      info.positions = positions_writer.end_term();
    }
    REQUIRE(info == terms.value());
    term_writer.insert(terms.key(), info);
    ++totals.terms;
  }
  term_writer.finish();
  CHECK(idx_out.take() == idx);
  CHECK(pos_out.take() == pos);
  // Packed blocks are not written, so that dictionaries with such a block differ.
  const bool packed = term.size() > 4 && term[4] == std::byte{1};
  const FileBytes again = term_out.take();
  CHECK((again == term) == !packed);
  if (!packed) ++totals.same_dictionaries;
  ++totals.fields;
}

void check_split(const std::filesystem::path& path, Totals& totals) {
  const FixtureSplit split = test::read_fixture_split(path);
  const auto max_doc = split.meta.at("segments").at(0).at("max_doc").get<std::uint32_t>();
  REQUIRE_FALSE(split.term.empty());
  for (const auto& [field, term] : split.term) {
    INFO(path.filename().string() << " field " << field);
    const auto norms = split.fieldnorm.find(field);
    check_field(term, split.idx.at(field), split.pos.at(field),
                norms == split.fieldnorm.end() ? FileBytes() : norms->second,
                record_option(split.meta.at("schema").at(field)), max_doc, totals);
  }
}

TEST_CASE("golden terms, postings and positions come out with the same bytes") {
  Totals totals;
  for (const auto& path : test::golden_splits()) {
    // The terms of JSON fields have options of their own; no merge takes them.
    if (path.filename() != "json.split") check_split(path, totals);
  }
  CHECK(totals.fields > 50);
  CHECK(totals.docs > 9000);
  CHECK(totals.positions > 5000);
  CHECK(totals.same_dictionaries > 0);
}

TEST_CASE("real terms, postings and positions come out with the same bytes") {
  const auto root = test::fixture("splits");
  if (!root) return;
  Totals totals;
  std::uint64_t splits = 0;
  for (const char* folder : {"single", "merge_group"}) {
    for (const auto& entry : std::filesystem::directory_iterator(*root / folder)) {
      check_split(entry.path(), totals);
      ++splits;
    }
  }
  CHECK(splits == 18);
  CHECK(totals.fields > 40);
  CHECK(totals.terms > 1000);
  CHECK(totals.positions > 500);
  CHECK(totals.docs >= totals.terms);
  // Two splits have packed term blocks.
  CHECK(totals.same_dictionaries < totals.fields);
}

void check_column_keys(const std::filesystem::path& path) {
  INFO(path);
  const FileBytes fast = test::read_fixture_split(path).fast;
  // Columns, dictionary, u64 length of the dictionary, 12 bytes of footer.
  std::uint64_t length = 0;
  std::memcpy(&length, fast.data() + fast.size() - 20, sizeof length);
  const MemorySource source(fast, 10);
  const SourceRange dictionary =
      SourceRange(source, "fixture.fast").slice(fast.size() - 20 - length, length);
  RangeStream columns(dictionary);
  MemoryComponent out;
  RangeWriter writer(out.writer());
  std::uint64_t end = 0;
  while (columns.advance()) {
    REQUIRE(columns.value().start == end);
    end = columns.value().end;
    writer.insert(columns.key(), columns.value());
  }
  writer.finish();
  CHECK(end == fast.size() - 20 - length);
  const Bytes read = dictionary.read(0, length);
  CHECK(out.take() == FileBytes(read.span().begin(), read.span().end()));
}

TEST_CASE("golden column keys are read and come out with the same bytes") {
  for (const auto& split : test::golden_splits()) check_column_keys(split);
}

TEST_CASE("real column keys are read and come out with the same bytes") {
  const auto root = test::fixture("splits");
  if (!root) return;
  for (const char* folder : {"single", "merge_group"}) {
    for (const auto& entry : std::filesystem::directory_iterator(*root / folder)) {
      check_column_keys(entry.path());
    }
  }
}

void check_refused_dictionaries(const std::vector<std::filesystem::path>& folders) {
  for (const auto& folder : folders) {
    std::size_t fields = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".term") continue;
      for (const auto& [field, term] : test::composite_fields(test::read_file(entry.path()))) {
        const MemorySource source(term);
        CHECK_THROWS_AS(TermStream(SourceRange(source, "v.term")), UnsupportedFeature);
        ++fields;
      }
    }
    CHECK(fields > 0);
  }
}

TEST_CASE("dictionaries of tantivy's default build are named as not supported") {
  check_refused_dictionaries({test::golden("fst")});
}

TEST_CASE("so are those of formats 6 and 7") {
  if (const auto real = test::fixture("tantivy_index")) {
    check_refused_dictionaries({*real / "index_v6", *real / "index_v7"});
  }
}

}  // namespace
}  // namespace splitscope::formats
