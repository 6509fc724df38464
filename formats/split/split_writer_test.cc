#include "formats/split/split_writer.h"

#include <nlohmann/json.hpp>

#include <sstream>

#include "base/errors.h"
#include "formats/errors.h"
#include "formats/segment/testing/test_files.h"
#include "formats/split/check_split.h"
#include "formats/split/compare_ranges.h"
#include "formats/split/inspect.h"
#include "formats/split/open_index.h"
#include "formats/split/split_fields.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::contains;

// One document with a text and a date, written by tantivy.
constexpr const char* kIndex = "one";
constexpr const char* kStem = "573d0a7d7835627f0000000000000000";

/// A writable copy of tantivy's index.
std::filesystem::path copy_index(const test::TemporaryFolder& scratch,
                                 const std::filesystem::path& index) {
  auto copy = scratch / "index";
  std::filesystem::create_directory(copy);
  for (const auto& entry : std::filesystem::directory_iterator(index)) {
    test::write_file(copy / entry.path().filename(), test::read_file(entry.path()));
  }
  return copy;
}

WrittenSplit convert(const std::filesystem::path& index, const std::filesystem::path& output,
                     std::size_t window_bytes = 61) {
  test::PlainStrategy strategy(window_bytes);
  test::NotingContext context;
  return write_split(strategy, index, output, context);
}

TEST_CASE("tantivy's own index becomes a sound split") {
  const auto index = test::golden(kIndex);
  const test::TemporaryFolder scratch;
  const auto output = scratch / "out.split";
  test::PlainStrategy strategy;
  test::NotingContext context;
  const auto written = write_split(strategy, index, output, context);
  CHECK(context.phases == std::vector<std::string>{"scan", "hotcache", "payload", "footer"});

  const auto source = strategy.open(output);
  const SourceRange split(*source, "out.split");
  const auto bundle = read_bundle(split);
  CHECK(written.file_size == source->size());
  CHECK(written.footer == bundle.footer());
  CHECK(written.hotcache == bundle.hotcache);
  CHECK_NOTHROW(check_split(split, bundle));

  std::vector<std::string> names;
  for (const auto& file : bundle.files) names.push_back(file.name);
  const std::string stem = kStem;
  CHECK(names == std::vector<std::string>{".managed.json", stem + ".fast", stem + ".fieldnorm",
                                          stem + ".idx", stem + ".pos", stem + ".store",
                                          stem + ".term", "meta.json", "split_fields"});
  const auto fields = decode_split_fields(bundle.file(split, bundle.files.back()));
  REQUIRE(fields.size() == 2);
  CHECK(fields[0].name == "date");
  CHECK(fields[1].name == "label");
}

TEST_CASE("windows do not change the output") {
  const auto index = test::golden(kIndex);
  const test::TemporaryFolder scratch;
  convert(index, scratch / "a.split", 0);
  convert(index, scratch / "b.split", 1);
  CHECK(test::read_file(scratch / "a.split") == test::read_file(scratch / "b.split"));
}

TEST_CASE(
    "an existing split_fields is kept and stays last; locks, splits and remains are left out") {
  const auto index = test::golden(kIndex);
  const test::TemporaryFolder scratch;
  const auto copy = copy_index(scratch, index);
  test::write_file(copy / "split_fields", {});
  test::write_file(copy / "zzz_manifest", test::to_bytes("extra"));
  test::write_file(copy / "old.split", test::to_bytes("no"));
  test::write_file(copy / ".out.split.tmp-12-0", test::to_bytes("no"));
  test::write_file(copy / ".tantivy-writer.lock", {});
  std::filesystem::create_directory(copy / "folder");
  convert(copy, copy / "out.split");
  test::PlainStrategy strategy;
  auto files = open_index(strategy, copy / "out.split");
  CHECK(files.kind() == IndexKind::kSplit);
  CHECK(files.list().size() == 10);
  CHECK(files.file("split_fields").size() == 0);
  CHECK(files.file("zzz_manifest").size() == 5);
  CHECK(files.file("zzz_manifest").offset() < files.file("split_fields").offset());
  CHECK_FALSE(files.contains("old.split"));
  CHECK_FALSE(files.contains(".out.split.tmp-12-0"));
  CHECK_FALSE(files.contains(".tantivy-writer.lock"));
  CHECK_THROWS_AS(files.file("nothing"), FormatError);
}

TEST_CASE("directories that are no index are refused with the reason") {
  const auto index = test::golden(kIndex);
  const test::TemporaryFolder scratch;
  const auto output = scratch / "out.split";
  const auto message = [&](const std::filesystem::path& directory) {
    try {
      convert(directory, output);
    } catch (const std::exception& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK_THAT(message(scratch / "missing"), contains("no such directory"));
  const auto copy = copy_index(scratch, index);
  const std::string term_name = std::string(kStem) + ".term";
  const auto term = copy / term_name;
  const auto good_term = test::read_file(term);

  auto bad = good_term;
  bad.back() ^= std::byte{1};
  test::write_file(term, bad);
  CHECK_THAT(message(copy), contains(term_name));
  std::filesystem::remove(term);
  CHECK_THAT(message(copy), contains("no file \"" + term_name + "\""));
  test::write_file(term, good_term);
  CHECK(message(copy) == "accepted");
  std::filesystem::remove(output);
  for (const std::string name : {"a\nb", "a\xFF"}) {
    test::write_file(copy / name, {});
    CHECK_THAT(message(copy), contains("rename or remove"));
    std::filesystem::remove(copy / name);
  }

  const auto meta_bytes = test::read_file(copy / "meta.json");
  const std::string meta(reinterpret_cast<const char*>(meta_bytes.data()), meta_bytes.size());
  auto json = nlohmann::ordered_json::parse(meta);
  json["segments"].push_back(json["segments"][0]);
  json["segments"][1]["segment_id"] = "573d0a7d-7835-627f-0000-000000000001";
  test::write_file(copy / "meta.json", test::to_bytes(json.dump()));
  CHECK_THAT(message(copy), contains("exactly one segment"));
  test::write_file(copy / "meta.json", test::to_bytes(meta.substr(0, 100)));
  CHECK_THAT(message(copy), contains("JSON"));
  std::filesystem::remove(copy / "meta.json");
  CHECK_THAT(message(copy), contains("no meta.json"));
  CHECK_FALSE(std::filesystem::exists(output));
}

TEST_CASE("check_split notices what was changed") {
  const auto index = test::golden(kIndex);
  const test::TemporaryFolder scratch;
  convert(index, scratch / "out.split");
  const auto good = test::read_file(scratch / "out.split");
  const auto check = [](std::vector<std::byte> bytes) {
    const MemorySource source(std::move(bytes), 61);
    const SourceRange split(source, "out.split");
    check_split(split, read_bundle(split));
  };
  CHECK_NOTHROW(check(good));
  const MemorySource source(good);
  const auto bundle = read_bundle(SourceRange(source, "out.split"));
  for (const auto& file : bundle.files) {
    // Cached bytes differ then, or a checksum does; split_fields has neither.
    if (file.name == "split_fields") continue;
    auto bad = good;
    bad[static_cast<std::size_t>(file.range.start)] ^= std::byte{1};
    INFO(file.name);
    CHECK_THROWS_AS(check(bad), std::runtime_error);
  }
}

TEST_CASE("inspect and list tell what is there, as text and as JSON") {
  const auto index = test::golden(kIndex);
  const test::TemporaryFolder scratch;
  const auto output = scratch / "out.split";
  const auto written = convert(index, output);
  test::PlainStrategy strategy;
  const auto show = [&](auto&& print, const std::filesystem::path& path, InspectFormat format) {
    std::ostringstream out;
    print(strategy, path, format, out);
    return out.str();
  };
  const auto text = show(inspect, output, InspectFormat::kText);
  CHECK_THAT(text, contains(std::string(kStem) + ".term"));
  CHECK_THAT(text, contains("label"));
  CHECK_THAT(text, contains("trailer  no"));
  const auto json = nlohmann::json::parse(show(inspect, output, InspectFormat::kJson));
  CHECK(json["kind"] == "split");
  CHECK(json["files"].size() == 9);
  CHECK(json["footer"]["hotcache"]["start"] == written.hotcache.start);
  CHECK(json["hotcache"].size() == 8);
  CHECK(json["components"].size() == 6);
  const auto directory = nlohmann::json::parse(show(inspect, index, InspectFormat::kJson));
  CHECK(directory["kind"] == "directory");
  CHECK(directory["files"].size() == 8);
  CHECK_THAT(show(inspect, index, InspectFormat::kText), contains(kStem));
  CHECK_THAT(show(list_files, output, InspectFormat::kText), contains("split_fields"));
  CHECK(nlohmann::json::parse(show(list_files, index, InspectFormat::kJson)).size() == 8);
}

}  // namespace
}  // namespace splitscope::formats
