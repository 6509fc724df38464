// convert and extract under every strategy of the catalog, on files of tantivy's.
#include "workloads/convert/convert.h"

#include "base/errors.h"
#include "formats/errors.h"
#include "formats/segment/testing/plain_index.h"
#include "formats/segment/testing/test_files.h"
#include "formats/split/open_index.h"
#include "formats/split/output_digest.h"
#include "strategies/catalog.h"
#include "tests/catch.h"
#include "workloads/extract/extract.h"

namespace splitscope::workloads {
namespace {

using test::contains;

/// prepare, run under `strategy`, verify through a plain one.
Verification run(const char* workload, const std::string& strategy_name,
                 const std::filesystem::path& input, const std::filesystem::path& output,
                 test::NotingContext& context) {
  test::PlainStrategy reference;
  WorkloadSpec spec;
  spec.inputs = {input};
  spec.output = output;
  spec.reference = &reference;
  const auto made =
      std::string_view(workload) == "convert" ? make_convert(spec) : make_extract(spec);
  CHECK(made->name() == workload);
  made->prepare();
  AccessCounters counters;
  const auto strategy = strategies::make_strategy(strategy_name, counters);
  made->run(*strategy, context);
  return made->verify();
}

std::string digest_of(const std::filesystem::path& path) {
  const MemorySource source(test::read_file(path));
  return formats::sha256_of(formats::SourceRange(source, "x"));
}

TEST_CASE("every split of others, extracted and converted again, holds the same files") {
  auto splits = test::golden_splits();
  for (auto& path : test::real_splits()) splits.push_back(std::move(path));
  for (const auto& path : splits) {
    INFO(path);
    const test::TemporaryFolder scratch;
    test::NotingContext context;
    const auto extracted = run("extract", "streaming", path, scratch / "dir", context);
    CHECK(context.phases == std::vector<std::string>{"open", "files"});
    CHECK(extracted.input_bytes == std::filesystem::file_size(path));
    CHECK(test::names_in(scratch.path()) == std::vector<std::string>{"dir"});

    test::NotingContext convert_context;
    const auto converted =
        run("convert", "streaming", scratch / "dir", scratch / "again.split", convert_context);
    CHECK(convert_context.phases ==
          std::vector<std::string>{"scan", "hotcache", "payload", "footer"});
    CHECK(converted.input_bytes == extracted.output_bytes);
    CHECK(converted.output_bytes == std::filesystem::file_size(scratch / "again.split"));
    CHECK(converted.digest == digest_of(scratch / "again.split"));

    test::PlainStrategy plain;
    auto before = formats::open_index(plain, path);
    auto after = formats::open_index(plain, scratch / "again.split");
    REQUIRE(before.list().size() == after.list().size());
    for (std::size_t i = 0; i < before.list().size(); ++i) {
      const auto& name = before.list()[i].name;
      REQUIRE(name == after.list()[i].name);
      CHECK(formats::sha256_of(before.file(name)) == formats::sha256_of(after.file(name)));
    }
    CHECK(after.contains(".managed.json"));
    CHECK(after.contains("split_fields"));
  }
}

// JSON, facets, ip columns, an order by a field and deletes: nothing here reads inside them.
test::PlainIndex index_that_nothing_merges() {
  test::PlainIndex index;
  index.documents = 2;
  for (const auto& [name, type] : {std::pair("data", formats::FieldType::kJson),
                                   std::pair("shelf", formats::FieldType::kFacet),
                                   std::pair("client", formats::FieldType::kIp)}) {
    index.fields.push_back({test::plain_entry(name, type), {{"x"}, {"y"}}});
  }
  index.settings.sort_by_field = {"data", "Asc"};
  index.deletes = {1, 7};
  return index;
}

TEST_CASE("an index that cannot be merged is converted and extracted as it is") {
  const test::TemporaryFolder scratch;
  test::write_plain_index(index_that_nothing_merges(), scratch / "index");
  test::NotingContext context;
  run("convert", "streaming", scratch / "index", scratch / "out.split", context);
  run("extract", "streaming", scratch / "out.split", scratch / "again", context);
  auto names = test::names_in(scratch / "index");
  CHECK(names.size() == 8);
  for (const auto& name : names) {
    CHECK(test::read_file(scratch / "index" / name) == test::read_file(scratch / "again" / name));
  }
  test::PlainStrategy plain;
  CHECK(
      formats::open_index(plain, scratch / "out.split").meta().segments.at(0).deletes.has_value());
}

/// The index folder of a split.
std::filesystem::path extracted(const test::TemporaryFolder& scratch,
                                const std::filesystem::path& split) {
  test::NotingContext context;
  run("extract", "streaming", split, scratch / "index", context);
  return scratch / "index";
}

TEST_CASE("all strategies write the same bytes") {
  const auto split = test::golden("kinds-0.split");
  const test::TemporaryFolder index_scratch;
  const auto index = extracted(index_scratch, split);
  std::string split_digest;
  std::string directory_digest;
  for (const auto& info : strategies::all_strategies()) {
    const std::string name(info.name);
    INFO(name);
    const test::TemporaryFolder scratch;
    test::NotingContext context;
    const auto converted = run("convert", name, index, scratch / "out.split", context);
    if (split_digest.empty()) split_digest = converted.digest;
    CHECK(converted.digest == split_digest);
    const auto extracted = run("extract", name, split, scratch / "dir", context);
    if (directory_digest.empty()) directory_digest = extracted.digest;
    CHECK(extracted.digest == directory_digest);
  }
  CHECK_FALSE(split_digest.empty());
}

TEST_CASE("verify notices an output that was changed") {
  const test::TemporaryFolder scratch;
  test::PlainStrategy plain;
  test::NotingContext context;
  WorkloadSpec spec;
  spec.inputs = {extracted(scratch, test::golden("part-0.split"))};
  spec.output = scratch / "out.split";
  spec.reference = &plain;
  const auto convert = make_convert(spec);
  convert->prepare();
  convert->run(plain, context);
  const auto good = test::read_file(spec.output);
  CHECK_NOTHROW(convert->verify());
  for (std::size_t i = 0; i < good.size(); i += 5) {
    auto bad = good;
    bad[i] ^= std::byte{1};
    test::write_file(spec.output, bad);
    INFO(i);
    CHECK_THROWS_AS(convert->verify(), std::runtime_error);
  }
}

TEST_CASE("convert refuses what it cannot use before it runs") {
  const test::TemporaryFolder scratch;
  test::PlainStrategy plain;
  const auto message = [&](auto&& change) {
    WorkloadSpec spec;
    spec.reference = &plain;
    spec.inputs = {scratch.path()};
    spec.output = scratch / "out.split";
    change(spec);
    try {
      make_convert(spec)->prepare();
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK_THAT(message([](WorkloadSpec& spec) { spec.options["x"] = "1"; }), contains("\"x\""));
  CHECK_THAT(message([](WorkloadSpec& spec) { spec.inputs.clear(); }), contains("0 inputs"));
  CHECK_THAT(message([](WorkloadSpec& spec) { spec.inputs[0] /= "none"; }),
             contains("no such directory"));
  CHECK_THAT(message([](WorkloadSpec& spec) { spec.output.clear(); }), contains("name"));
  CHECK_THAT(message([&](WorkloadSpec& spec) { spec.output = scratch.path(); }),
             contains("is not a tantivy index"));
  test::PlainIndex index;
  index.documents = 1;
  test::write_plain_index(index, scratch.path());
  CHECK_THAT(message([&](WorkloadSpec& spec) { spec.output = scratch.path(); }),
             contains("is a directory"));
  CHECK_THAT(message([&](WorkloadSpec& spec) { spec.output = scratch / "out.bin"; }),
             contains("among the input's files"));
  CHECK_THAT(message([&](WorkloadSpec& spec) { spec.output = scratch / "none" / "out.split"; }),
             contains("no such directory to write"));
  CHECK(message([](WorkloadSpec&) {}) == "accepted");
}

TEST_CASE("an index that Quickwit would not open is refused, and says why") {
  test::PlainStrategy plain;
  const auto message = [&](const std::filesystem::path& index) {
    try {
      refuse_what_quickwit_cannot_open(plain, index);
    } catch (const formats::UnsupportedFeature& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  std::vector<std::filesystem::path> fsts{test::golden("fst")};
  if (const auto real = test::fixture("reported/fst-unity-asset-search")) fsts.push_back(*real);
  for (const auto& fst : fsts) {
    CHECK_THAT(message(fst), contains(".term field ") && contains("of type FST") &&
                                 contains("Quickwit opens type SSTable only"));
  }
  const auto brotli = test::fixture("reported/brotli-settings");
  if (!brotli) return;
  CHECK_THAT(message(*brotli),
             contains("brotli-settings: meta.json: store compression \"brotli\""));
  const auto single = test::fixture("reported/fast-single-meta");
  if (!single) return;
  CHECK_THAT(message(*single), contains("meta.json: schema[1].options.fast is \"single\"") &&
                                   contains("format version"));
}

TEST_CASE("an old output stays when the run fails") {
  const test::TemporaryFolder scratch;
  test::PlainIndex index;
  index.documents = 1;
  test::write_plain_index(index, scratch / "in");
  test::write_file(scratch / "out.split", test::to_bytes("old"));
  WorkloadSpec spec;
  spec.inputs = {scratch / "in"};
  spec.output = scratch / "out.split";
  test::PlainStrategy plain;
  spec.reference = &plain;
  const auto convert = make_convert(spec);
  convert->prepare();
  test::write_file(scratch / "in" / "meta.json", test::to_bytes("{}"));
  test::NotingContext context;
  CHECK_THROWS_AS(convert->run(plain, context), formats::FormatError);
  CHECK(test::names_in(scratch.path()) == std::vector<std::string>{"in", "out.split"});
  CHECK(test::read_file(spec.output) == test::to_bytes("old"));
}

}  // namespace
}  // namespace splitscope::workloads
