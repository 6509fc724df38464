// u8 window, u8 kind (0 terms of a field, 1 keys of a string column, 2 columns of a file), then the
// dictionary. Proven: a dictionary written from the keys that are streamed gives the same keys, by
// streaming and by look-up.
#include "formats/segment/terms/dictionary_lookup.h"
#include "formats/segment/terms/dictionary_streams.h"
#include "formats/segment/terms/sstable_writer.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

namespace splitscope::fuzz {
namespace {

// Keys share prefixes, so that a small dictionary may hold many long ones.
constexpr std::size_t kMaxKeyBytes = 64 * 1024;
constexpr std::uint64_t kLookups = 16;

struct Keys {
  std::vector<Content> keys;
  std::vector<std::uint64_t> lengths;
  bool complete = true;
};

// Values are kept as the length of their first range: what follows is written without gaps.
template <typename Stream, typename Length>
Keys read_keys(Stream stream, Length length) {
  Keys read;
  std::size_t bytes = 0;
  while (stream.advance()) {
    bytes += stream.key().size() + 1;
    read.complete = bytes <= kMaxKeyBytes;
    if (!read.complete) continue;
    expect(stream.ordinal() == read.keys.size(), "ordinals count the keys");
    expect(read.keys.empty() || formats::compare_keys(read.keys.back(), stream.key()) < 0,
           "keys increase");
    read.keys.emplace_back(stream.key().begin(), stream.key().end());
    read.lengths.push_back(length(stream.value()) & 0xFFFF);
  }
  return read;
}

template <typename Stream, typename Length>
void expect_same(const Keys& expected, const formats::SourceRange& written, Length length) {
  const Keys again = read_back([&] { return read_keys(Stream(written), length); });
  expect(again.keys == expected.keys && again.lengths == expected.lengths, "keys come back");
}

std::uint64_t no_length(const formats::VoidValues::Nothing&) { return 0; }
std::uint64_t length_of_postings(const formats::TermInfo& info) { return info.postings.size(); }
std::uint64_t length_of_range(const formats::ByteRange& range) { return range.size(); }

void run_terms(const formats::SourceRange& field, std::size_t window) {
  const Keys read = read_keys(formats::TermStream(field), length_of_postings);
  const formats::TermDictionary dictionary(field);
  expect(!read.complete || dictionary.num_terms() == read.keys.size(), "the count is right");
  const std::uint64_t stride = read.keys.size() / kLookups + 1;
  for (std::size_t i = 0; i < read.keys.size(); i += stride) (void)dictionary.lookup(read.keys[i]);
  if (!read.complete) return;

  test::MemoryComponent out;
  formats::TermWriter writer(out.writer());
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < read.keys.size(); ++i) {
    const formats::ByteRange range{end, end + read.lengths[i]};
    writer.insert(read.keys[i], {static_cast<std::uint32_t>(i), range, range});
    end = range.end;
  }
  writer.finish();
  const FreshSource source(out.take(), window);
  const formats::SourceRange written(source, "written.term");
  expect_same<formats::TermStream>(read, written, length_of_postings);
  const formats::TermDictionary again = read_back([&] { return formats::TermDictionary(written); });
  for (std::size_t i = 0; i < read.keys.size(); i += stride) {
    const auto info = again.lookup(read.keys[i]);
    expect(info && info->doc_freq == i && info->postings.size() == read.lengths[i],
           "a written term is found");
    Content longer = read.keys[i];
    longer.push_back(std::byte{0});
    const bool next = i + 1 < read.keys.size() && read.keys[i + 1] == longer;
    expect(again.lookup(longer).has_value() == next, "nothing between terms is found");
  }
}

void run_ordinals(const formats::SourceRange& dictionary, std::size_t window) {
  const Keys read = read_keys(formats::OrdinalStream(dictionary), no_length);
  const formats::OrdinalDictionary lookup(dictionary);
  formats::KeyBuffer key;
  const std::uint64_t stride = read.keys.size() / kLookups + 1;
  for (std::size_t i = 0; i < read.keys.size(); i += stride) (void)lookup.key_at(i, key);
  expect(!lookup.key_at(lookup.num_terms(), key), "there is no key behind the last");
  if (!read.complete) return;

  test::MemoryComponent out;
  formats::OrdinalWriter writer(out.writer());
  for (const Content& one : read.keys) writer.insert(one);
  writer.finish();
  const FreshSource source(out.take(), window);
  const formats::SourceRange written(source, "written strings");
  expect_same<formats::OrdinalStream>(read, written, no_length);
  const formats::OrdinalDictionary again =
      read_back([&] { return formats::OrdinalDictionary(written); });
  for (std::size_t i = 0; i < read.keys.size(); i += stride) {
    expect(again.key_at(i, key) && std::ranges::equal(key.span(), read.keys[i]),
           "a written key is found by its ordinal");
  }
}

void run_ranges(const formats::SourceRange& dictionary, std::size_t window) {
  const Keys read = read_keys(formats::RangeStream(dictionary), length_of_range);
  if (!read.complete) return;
  test::MemoryComponent out;
  formats::RangeWriter writer(out.writer());
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < read.keys.size(); ++i) {
    writer.insert(read.keys[i], {end, end + read.lengths[i]});
    end += read.lengths[i];
  }
  writer.finish();
  const FreshSource source(out.take(), window);
  expect_same<formats::RangeStream>(read, formats::SourceRange(source, "written columns"),
                                    length_of_range);
}

}  // namespace

void run_sstable(std::span<const std::byte> input) {
  Input in(input);
  const std::size_t window = window_of(in.number<std::uint8_t>());
  constexpr std::uint8_t kKinds = 3;
  const auto kind = static_cast<std::uint8_t>(in.number<std::uint8_t>() % kKinds);
  const FreshSource source(in.rest(), window);
  const formats::SourceRange dictionary(source, "dictionary");
  if (kind == 0) run_terms(dictionary, window);
  if (kind == 1) run_ordinals(dictionary, window);
  if (kind == 2) run_ranges(dictionary, window);
}

}  // namespace splitscope::fuzz
