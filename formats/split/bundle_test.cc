#include "formats/split/bundle.h"

#include "formats/segment/testing/test_files.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::contains;

constexpr std::uint32_t kMagic = 0x1812BEAE;

/// Payload, metadata and a hotcache of `hotcache_bytes` zero bytes.
ByteBuffer split_with(std::string_view payload, std::string_view json,
                      std::size_t hotcache_bytes = 3) {
  ByteBuffer split;
  split.text(payload);
  split.fixed(kMagic);
  split.fixed<std::uint32_t>(1);
  split.text(json);
  split.fixed(static_cast<std::uint32_t>(json.size() + 8));
  split.bytes(std::vector<std::byte>(hotcache_bytes));
  split.fixed(static_cast<std::uint32_t>(hotcache_bytes));
  return split;
}

Bundle parse(ByteBuffer split) {
  const MemorySource source(split.take(), 7);
  return read_bundle(SourceRange(source, "a.split"));
}

constexpr std::string_view kTwoFiles =
    R"({"files":{"b":{"start":4,"end":10},"a":{"start":0,"end":4}}})";

TEST_CASE("files come in the order in which they lie") {
  const auto bundle = parse(split_with("aaaabbbbbb", kTwoFiles));
  REQUIRE(bundle.files.size() == 2);
  CHECK(bundle.files[0].name == "a");
  CHECK(bundle.files[0].range == ByteRange{0, 4});
  CHECK(bundle.files[1].name == "b");
  CHECK(bundle.metadata.start == 10);
  CHECK(bundle.metadata.size() == 8 + kTwoFiles.size());
  CHECK(bundle.hotcache.size() == 3);
  CHECK(bundle.footer() == ByteRange{10, bundle.file_size});
  CHECK(bundle.find("b") == &bundle.files[1]);
  CHECK(bundle.find("c") == nullptr);
  CHECK_FALSE(bundle.has_trailer);
}

TEST_CASE("what the writer makes is read back in the same order") {
  const std::vector<BundleItem> items{{"z", 3}, {"a", 0}, {"b \"quoted\"", 5}};
  const auto metadata = bundle_metadata(items);
  ByteBuffer split;
  split.text("zzzbbbbb");
  split.bytes(metadata.span());
  split.fixed(static_cast<std::uint32_t>(metadata.size()));
  split.fixed<std::uint32_t>(0);
  const auto bundle = parse(std::move(split));
  REQUIRE(bundle.files.size() == 3);
  CHECK(bundle.files[0].name == "z");
  CHECK(bundle.files[1].name == "a");
  CHECK(bundle.files[1].range == ByteRange{3, 3});
  CHECK(bundle.files[2].name == "b \"quoted\"");
  CHECK(bundle.files[2].range == ByteRange{3, 8});
}

TEST_CASE("the writer refuses names that the reader refuses") {
  const auto metadata = [](std::vector<BundleItem> items) { return bundle_metadata(items); };
  CHECK_THROWS_AS(metadata({{"../x", 1}}), std::invalid_argument);
  CHECK_THROWS_AS(metadata({{"", 1}}), std::invalid_argument);
  CHECK_THROWS_AS(metadata({{"a", 1}, {"a", 1}}), std::invalid_argument);
}

TEST_CASE("names that could climb out are refused") {
  for (const std::string name :
       {"../x", "/etc/passwd", "a/b", "..", ".", "", "a\\u0000b", "a\\nb"}) {
    INFO(name);
    const auto json = R"({"files":{")" + name + R"(":{"start":0,"end":1}}})";
    CHECK_THROWS_AS(parse(split_with("x", json)), FormatError);
  }
  CHECK(file_name_problem(".managed.json").empty());
  CHECK(file_name_problem("..a").empty());
  CHECK_FALSE(file_name_problem(std::string(256, 'a')).empty());
}

TEST_CASE("malformed metadata is refused with the reason") {
  const auto message = [](std::string_view json) {
    try {
      parse(split_with("0123456789", json));
    } catch (const FormatError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK_THAT(message(R"({"files":{"a":{"start":0,"end":1},"a":{"start":1,"end":2}}})"),
             contains("twice"));
  CHECK_THAT(message(R"({"files":{"a":{"start":5,"end":4}}})"), contains("bytes 5 to 4"));
  CHECK_THAT(message(R"({"files":{"a":{"start":5,"end":11}}})"), contains("bytes 0 to 10"));
  CHECK_THAT(message(R"({"files":{"a":{"start":0,"end":6},"b":{"start":5,"end":7}}})"),
             contains("overlap"));
  CHECK_THAT(message(R"({"files":{"a":{"start":0}}})"), contains("no \"end\""));
  CHECK_THAT(message(R"({"files":{"a":{"start":-1,"end":1}}})"), contains("whole number"));
  CHECK_THAT(message(R"({"files":{"a":{"start":0,"end":1.5}}})"), contains("whole number"));
  CHECK_THAT(message(R"({"files":[]})"), contains("object"));
  CHECK_THAT(message(R"({})"), contains("no \"files\""));
  CHECK_THAT(message(R"({"files":{}} x)"), contains("JSON"));
  CHECK_THAT(message(std::string(100'000, '[')), contains("nested"));
  CHECK(message(R"({ "files" : { } })") == "accepted");
}

TEST_CASE("lengths beyond the file are refused before anything is read for them") {
  auto split = split_with("aaaabbbbbb", kTwoFiles);
  const auto size = split.size();
  const auto with_u32 = [&](std::size_t at, std::uint32_t value) {
    auto copy = split;
    std::memcpy(copy.data() + at, &value, sizeof value);
    return copy;
  };
  const auto hotcache_at = size - 4;
  const auto metadata_at = size - 4 - 3 - 4;
  for (const std::uint32_t value : {0xFFFFFFFFu, 0x7FFFFFFFu, static_cast<std::uint32_t>(size),
                                    static_cast<std::uint32_t>(size - 7)}) {
    INFO(value);
    CHECK_THROWS_AS(parse(with_u32(hotcache_at, value)), FormatError);
    CHECK_THROWS_AS(parse(with_u32(metadata_at, value)), FormatError);
  }
  CHECK_THROWS_AS(parse(with_u32(metadata_at, 7)), FormatError);
  CHECK_THROWS_AS(parse(with_u32(10, 1)), FormatError);
  CHECK_THROWS_AS(parse(with_u32(14, 2)), UnsupportedFeature);
}

TEST_CASE("the trailer of newer Quickwits is read and checked") {
  const auto with_trailer = [](std::uint64_t footer_start, std::uint32_t version) {
    auto split = split_with("aaaabbbbbb", kTwoFiles);
    split.fixed(footer_start);
    split.fixed(version);
    split.text("QWFT");
    return split;
  };
  const auto bundle = parse(with_trailer(10, 1));
  CHECK(bundle.has_trailer);
  CHECK(bundle.files.size() == 2);
  CHECK(bundle.footer().end == bundle.file_size);
  CHECK(bundle.hotcache.size() == 3);
  CHECK_THROWS_AS(parse(with_trailer(11, 1)), FormatError);
  CHECK_THROWS_AS(parse(with_trailer(1'000'000, 1)), FormatError);
  CHECK_THROWS_AS(parse(with_trailer(10, 2)), UnsupportedFeature);
}

TEST_CASE("a split of Quickwit 0.5 is refused by name") {
  ByteBuffer split;
  split.text("aaaabbbbbb");
  split.text(kTwoFiles);
  split.fixed<std::uint64_t>(kTwoFiles.size());
  split.bytes(std::vector<std::byte>(20, std::byte{0xA1}));
  split.fixed<std::uint64_t>(20);
  try {
    parse(std::move(split));
    FAIL("accepted");
  } catch (const UnsupportedFeature& error) {
    CHECK_THAT(error.what(), contains("0.5"));
  }
}

TEST_CASE("every short file is refused") {
  for (std::size_t size = 0; size < 40; ++size) {
    ByteBuffer zeros;
    zeros.resize(size);
    CHECK_THROWS_AS(parse(std::move(zeros)), FormatError);
  }
  const auto whole = split_with("aaaabbbbbb", kTwoFiles);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ByteBuffer cut;
    cut.bytes(whole.span().first(size));
    INFO(size);
    CHECK_THROWS_AS(parse(std::move(cut)), std::runtime_error);
  }
}

}  // namespace
}  // namespace splitscope::formats
