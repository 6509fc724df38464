// Damaged dictionaries are refused with one of our errors: no crash, no endless loop, no allocation
// beyond what is left of the file. Worth the most under the sanitizers.
#include <random>
#include <string>
#include <vector>

#include "formats/segment/terms/dictionary_lookup.h"
#include "formats/segment/terms/dictionary_streams.h"
#include "formats/segment/terms/sstable_writer.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::key_of;
using test::MemoryComponent;

using Content = std::vector<std::byte>;

Content small_dictionary(std::size_t keys) {
  MemoryComponent out;
  TermWriter writer(out.writer());
  for (std::size_t i = 0; i < keys; ++i) {
    const std::uint64_t at = i * 5;
    writer.insert(key_of("key" + std::to_string(100000 + i) + std::string(i % 40, 'x')),
                  {1, {at, at + 5}, {at, at + 5}});
  }
  writer.finish();
  return out.take();
}

// Everything that reads a dictionary; throws only FormatError or UnsupportedFeature.
void read_all(const Content& content) {
  const MemorySource source(content, 64);
  const SourceRange range(source, "x.term");
  const auto quietly = [](auto read) {
    try {
      read();
    } catch (const FormatError&) {
    } catch (const UnsupportedFeature&) {
    }
  };
  quietly([&] {
    TermStream stream(range);
    while (stream.advance()) {
    }
  });
  quietly([&] {
    OrdinalStream stream(range);
    while (stream.advance()) {
    }
  });
  quietly([&] {
    RangeStream stream(range);
    while (stream.advance()) {
    }
  });
  quietly([&] { (void)TermDictionary(range).lookup(key_of("key100007xxxxxxx")); });
  quietly([&] {
    KeyBuffer key;
    (void)OrdinalDictionary(range).key_at(3, key);
  });
}

bool streams_whole(const Content& content) {
  const MemorySource source(content, 64);
  try {
    TermStream stream(SourceRange(source, "x.term"));
    while (stream.advance()) {
    }
    return true;
  } catch (const FormatError&) {
  } catch (const UnsupportedFeature&) {
    // What now lies at the end says "FST".
  }
  return false;
}

TEST_CASE("truncated dictionaries are refused") {
  for (const std::size_t keys : {20U, 800U}) {
    const Content whole = small_dictionary(keys);
    CHECK(streams_whole(whole));
    for (std::size_t size = 0; size < whole.size(); size += size < 400 ? 1 : 37) {
      const Content part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK_FALSE(streams_whole(part));
      read_all(part);
    }
  }
}

TEST_CASE("dictionaries with a flipped bit do no harm") {
  for (const std::size_t keys : {20U, 800U}) {
    const Content whole = small_dictionary(keys);
    const std::size_t stride = keys == 20 ? 1 : 11;
    for (std::size_t at = 0; at < whole.size(); at += stride) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        Content damaged = whole;
        damaged[at] ^= static_cast<std::byte>(1U << bit);
        read_all(damaged);
      }
    }
  }
}

TEST_CASE("random bytes do no harm") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 3000; ++i) {
    Content content = small_dictionary(30);
    for (std::uint64_t flips = 1 + random() % 20; flips > 0; --flips) {
      content[random() % content.size()] = static_cast<std::byte>(random());
    }
    read_all(content);
  }
}

std::string error_of(const Content& content) {
  const MemorySource source(content);
  try {
    TermStream stream(SourceRange(source, "a.split:0.term"));
    while (stream.advance()) {
    }
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

Content with_blocks(const ByteBuffer& blocks, std::uint64_t terms) {
  ByteBuffer out;
  out.bytes(blocks.span());
  out.fixed(std::uint32_t{0});
  const std::uint64_t end = out.size();
  out.fixed(std::uint64_t{0});
  out.fixed(end);
  out.fixed(terms);
  out.fixed(std::uint32_t{3});
  out.fixed(std::uint32_t{2});
  return out.take();
}

void stored_block(ByteBuffer& out, std::string_view payload, std::uint8_t mark = 0) {
  out.fixed(static_cast<std::uint32_t>(payload.size() + 1));
  out.fixed(mark);
  out.text(payload);
}

TEST_CASE("errors say what is wrong and where") {
  using test::contains;
  Content fst = small_dictionary(3);
  fst[fst.size() - 4] = std::byte{1};
  CHECK_THAT(error_of(fst),
             contains("a.split:0.term") && contains("FST") && contains("not supported"));
  fst[fst.size() - 4] = std::byte{9};
  CHECK_THAT(error_of(fst), contains("dictionary type 9 is unknown"));
  Content version = small_dictionary(3);
  version[version.size() - 8] = std::byte{7};
  CHECK_THAT(error_of(version), contains("version 7"));

  ByteBuffer order;
  stored_block(order, std::string_view("\x82\x80\x80\x81\x81\x81\x81\x81\x81\x10"
                                       "b\x10"
                                       "a",
                                       13));
  CHECK_THAT(error_of(with_blocks(order, 2)), contains("at byte 17: a key is not greater"));
  ByteBuffer across;
  stored_block(across, std::string_view("\x81\x80\x80\x81\x81\x81\x10z", 8));
  stored_block(across, std::string_view("\x81\x80\x80\x81\x81\x81\x10y", 8));
  CHECK_THAT(error_of(with_blocks(across, 2)), contains("a key is not greater"));
  ByteBuffer keep;
  stored_block(keep, std::string_view("\x81\x80\x80\x81\x81\x81\x11z", 8));
  CHECK_THAT(error_of(with_blocks(keep, 1)), contains("keeps 1 bytes and adds 1"));
  ByteBuffer values;
  stored_block(values, std::string_view("\x82\x80\x80\x81\x81\x81\x81\x81\x81\x10z", 11));
  CHECK_THAT(error_of(with_blocks(values, 1)), contains("fewer keys than values"));
  ByteBuffer count;
  stored_block(count, std::string_view("\x81\x80\x80\x81\x81\x81\x10z", 8));
  CHECK_THAT(error_of(with_blocks(count, 5)), contains("counts 5 keys, its blocks hold 1"));
  ByteBuffer mark;
  stored_block(mark, std::string_view("\x81\x80\x80\x81\x81\x81\x10z", 8), 4);
  CHECK_THAT(error_of(with_blocks(mark, 1)), contains("compression 4"));
  // A zstd frame header that claims 2^40 bytes.
  ByteBuffer bomb;
  stored_block(bomb, std::string_view("\x28\xB5\x2F\xFD\xE0\0\0\0\0\0\1\0\0\0", 14), 1);
  CHECK_THAT(error_of(with_blocks(bomb, 1)), contains("1099511627776 bytes"));
  // One that claims 63 MiB, which 9 bytes cannot be.
  ByteBuffer swollen;
  stored_block(swollen, std::string_view("\x28\xB5\x2F\xFD\xA0\0\0\xF0\3", 9), 1);
  CHECK_THAT(error_of(with_blocks(swollen, 1)),
             contains("claims to unpack to 66060288 bytes; at most 393216 are possible"));
}

}  // namespace
}  // namespace splitscope::formats
