#include "formats/split/hotcache.h"

#include "formats/codec/byte_buffer.h"
#include "formats/segment/testing/test_files.h"
#include "formats/split/compare_ranges.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::contains;
using test::to_bytes;

std::vector<std::byte> written(const HotcachePlan& plan) {
  std::vector<std::byte> bytes;
  MemorySink sink(bytes);
  write_hotcache(plan, sink);
  return bytes;
}

TEST_CASE("a plan is written and read back") {
  const MemorySource content(to_bytes("0123456789abcdefghij"), 3);
  const SourceRange whole(content, "f");
  HotcachePlan plan;
  plan.files.push_back({"b.term", whole, {{15, 20}, {2, 5}, {5, 7}, {3, 4}, {9, 9}}});
  plan.files.push_back({"a", whole.slice(10, 4), {{0, 4}}});
  plan.files.push_back({"c", whole, {}});
  plan.seal();
  CHECK(plan.files[1].ranges == std::vector<ByteRange>{{2, 7}, {15, 20}});

  const MemorySource source(written(plan), 5);
  CHECK(source.size() == hotcache_length(plan));
  const Hotcache hotcache(SourceRange(source, "hotcache"));
  REQUIRE(hotcache.files().size() == 3);
  CHECK(hotcache.files()[0].name == "a");
  CHECK(hotcache.files()[0].complete());
  CHECK_FALSE(hotcache.files()[1].complete());
  CHECK(hotcache.files()[2].slices.empty());
  CHECK(hotcache.files()[2].total_length == 20);

  const auto text = [&](std::string_view name, std::uint64_t offset, std::uint64_t length) {
    const auto bytes = hotcache.read(name, offset, length);
    if (!bytes) return std::string("(none)");
    return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  };
  CHECK(text("b.term", 2, 5) == "23456");
  CHECK(text("b.term", 4, 2) == "45");
  CHECK(text("b.term", 15, 5) == "fghij");
  CHECK(text("a", 0, 4) == "abcd");
  CHECK(text("b.term", 1, 2) == "(none)");
  CHECK(text("b.term", 6, 2) == "(none)");
  CHECK(text("b.term", 8, 1) == "(none)");
  CHECK(text("b.term", 19, 2) == "(none)");
  CHECK(text("c", 0, 1) == "(none)");
  CHECK(text("d", 0, 1) == "(none)");
}

TEST_CASE("the bytes of a small hotcache are those of the format") {
  const MemorySource content(to_bytes("0123456789"));
  HotcachePlan plan;
  plan.files.push_back({"f", SourceRange(content, "f"), {{2, 4}}});
  plan.seal();
  ByteBuffer expected;
  expected.fixed<std::uint32_t>(0x9875FC32);
  expected.fixed<std::uint32_t>(1);
  expected.fixed<std::uint32_t>(8);
  expected.text(
      std::string_view("\x01\x01"
                       "f\x0A\x01\x01"
                       "f\x00",
                       8));
  expected.text("23");
  expected.text(std::string_view("\x0A\x01\x02\x04\x00", 5));
  expected.fixed<std::uint64_t>(2);
  const auto bytes = written(plan);
  CHECK(std::equal(bytes.begin(), bytes.end(), expected.span().begin(), expected.span().end()));
}

TEST_CASE("the same files in another order give the same bytes") {
  const MemorySource content(to_bytes("0123456789"));
  const SourceRange whole(content, "f");
  HotcachePlan one;
  one.files.push_back({"a", whole, {{0, 2}, {4, 6}}});
  one.files.push_back({"b", whole, {{1, 2}}});
  HotcachePlan two;
  two.files.push_back({"b", whole, {{1, 2}}});
  two.files.push_back({"a", whole, {{4, 6}, {0, 2}, {4, 5}}});
  one.seal();
  two.seal();
  CHECK(written(one) == written(two));
}

/// A hotcache of one file "f" of 10 bytes with this slice list (postcard) and body.
std::string error_of(std::string_view slices, std::string_view body, std::uint64_t body_bytes,
                     std::string_view lists = std::string_view("\x01\x01"
                                                               "f\x0A\x01\x01"
                                                               "f\x00",
                                                               8)) {
  ByteBuffer hotcache;
  hotcache.fixed<std::uint32_t>(0x9875FC32);
  hotcache.fixed<std::uint32_t>(1);
  hotcache.fixed(static_cast<std::uint32_t>(lists.size()));
  hotcache.text(lists);
  hotcache.text(body);
  hotcache.text(slices);
  hotcache.fixed(body_bytes);
  const MemorySource source(hotcache.take());
  try {
    const Hotcache parsed(SourceRange(source, "h"));
  } catch (const FormatError& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("malformed slice lists are refused with the reason") {
  using namespace std::string_view_literals;
  CHECK(error_of("\x0A\x01\x02\x04\x00"sv, "23", 2) == "accepted");
  CHECK_THAT(error_of("\x0A\x01\x04\x02\x00"sv, "23", 2), contains("outside of its file"));
  CHECK_THAT(error_of("\x0A\x01\x09\x0B\x00"sv, "23", 2), contains("outside of its file"));
  CHECK_THAT(error_of("\x0A\x01\x02\x04\x01"sv, "23", 2), contains("cached bytes"));
  CHECK_THAT(error_of("\x0A\x02\x02\x04\x00\x03\x04\x00"sv, "23", 2), contains("overlap"));
  CHECK_THAT(error_of("\x0B\x01\x02\x04\x00"sv, "23", 2), contains("list of files"));
  CHECK_THAT(error_of("\x0A\x7F\x02\x04\x00"sv, "23", 2), contains("more than"));
  CHECK_THAT(error_of("\x0A\x01\x02\x04\x00\x00"sv, "23", 2), contains("left over"));
  CHECK_THAT(error_of("\x0A\x01\x02\x04\x00"sv, "23", 200), contains("claims 200"));
  CHECK_THAT(error_of("\x0A\x01\x02\x04\x00"sv, "23", ~std::uint64_t{0}), contains("claims"));
  CHECK_THAT(error_of("\x0A\x00"sv, "", 0,
                      "\x01\x01"sv
                      "f\x0A\x01\x01"sv
                      "f\x7F"sv),
             contains("past the end"));
  CHECK_THAT(error_of("\x0A\x00"sv, "", 0,
                      "\x01\x01"sv
                      "f\x0A\x01\x01"sv
                      "g\x00"sv),
             contains("not in the list"));
}

TEST_CASE("headers that are cut off or wrong are refused") {
  ByteBuffer whole;
  whole.fixed<std::uint32_t>(0x9875FC32);
  whole.fixed<std::uint32_t>(1);
  whole.fixed<std::uint32_t>(2);
  whole.text(std::string_view("\0\0", 2));
  const auto parse = [](std::span<const std::byte> bytes) {
    const MemorySource source({bytes.begin(), bytes.end()});
    const Hotcache parsed(SourceRange(source, "h"));
    return parsed.files().size();
  };
  CHECK(parse(whole.span()) == 0);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_THROWS_AS(parse(whole.span().first(size)), FormatError);
  }
  whole.data()[4] = std::byte{2};
  CHECK_THROWS_AS(parse(whole.span()), UnsupportedFeature);
}

TEST_CASE("first_difference finds the first byte across windows of different sizes") {
  for (const std::size_t window : {1U, 2U, 3U, 7U, 100U}) {
    const MemorySource a(to_bytes("0123456789"), window);
    const MemorySource b(to_bytes("0123456789"), 3);
    const MemorySource c(to_bytes("012345x789"), 3);
    const MemorySource d(to_bytes("0123"), 3);
    const MemorySource empty({}, 3);
    const auto difference = [](const MemorySource& left, const MemorySource& right) {
      return first_difference(SourceRange(left, "l"), SourceRange(right, "r"));
    };
    CHECK_FALSE(difference(a, b).has_value());
    CHECK(difference(a, c) == 6u);
    CHECK(difference(a, d) == 4u);
    CHECK(difference(d, a) == 4u);
    CHECK(difference(empty, a) == 0u);
    CHECK_FALSE(difference(empty, empty).has_value());
  }
}

}  // namespace
}  // namespace splitscope::formats
