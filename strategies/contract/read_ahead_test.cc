#include "strategies/io/read_ahead.h"

#include "base/errors.h"
#include "strategies/contract/contract_subjects.h"
#include "tests/catch.h"

namespace splitscope::strategies {
namespace {

struct Fixture {
  test::TemporaryFolder dir;
  std::vector<std::byte> content = test::random_bytes(1'000'000, 1);
  AccessCounters counters;
  std::unique_ptr<Strategy> strategy = make_strategy("streaming:readahead=64KiB", counters);
  std::unique_ptr<ByteSource> source = strategy->open(dir.file("in", content));

  Bytes read(std::size_t offset, std::size_t length) {
    Bytes bytes = source->read(offset, length);
    REQUIRE(test::same(bytes.span(), std::span(content).subspan(offset, length)));
    return bytes;
  }
};

TEST_CASE_METHOD(Fixture, "forward reads share windows") {
  for (std::size_t offset = 0; offset < 640'000; offset += 20) static_cast<void>(read(offset, 20));
  // One alone, then windows of 64 KiB that nearly cover the rest.
  CHECK(counters.read_syscalls <= 12);
  CHECK(counters.bytes_requested == 640'000);
  CHECK(counters.bytes_copied < 710'000);
}

TEST_CASE_METHOD(Fixture, "four streams that take turns keep a window each") {
  for (std::size_t step = 0; step < 3000; ++step) {
    for (std::size_t stream = 0; stream < 4; ++stream) {
      static_cast<void>(read(stream * 200'000 + step * 33, 33));
    }
  }
  // 99,000 bytes a stream: one read alone and two windows.
  CHECK(counters.read_syscalls <= 4 * 3);
}

TEST_CASE_METHOD(Fixture, "reads without order stay as small as they were asked for") {
  for (std::size_t i = 0; i < 100; ++i) static_cast<void>(read((i * 7919 % 100) * 10'000, 40));
  CHECK(counters.bytes_copied == 4000);
  CHECK(counters.read_syscalls == 100);
}

TEST_CASE_METHOD(Fixture, "backward reads are no stream") {
  for (std::size_t i = 0; i < 100; ++i) static_cast<void>(read(900'000 - i * 9000, 40));
  CHECK(counters.bytes_copied == 4000);
}

TEST_CASE_METHOD(Fixture, "gaps are read over, a large read is made alone and the stream goes on") {
  static_cast<void>(read(0, 100));
  static_cast<void>(read(100 + 8192, 100));
  CHECK(counters.read_syscalls == 2);
  static_cast<void>(read(9000, 40'000));
  CHECK(counters.read_syscalls == 2);
  static_cast<void>(read(60'000, 300'000));
  CHECK(counters.read_syscalls == 3);
  CHECK(counters.bytes_copied == 100 + 65'536 + 300'000);
  static_cast<void>(read(360'000, 10));
  static_cast<void>(read(360'010, 1000));
  CHECK(counters.read_syscalls == 4);
}

TEST_CASE_METHOD(Fixture, "a view keeps its window when the stream moves on") {
  std::vector<Bytes> kept;
  for (std::size_t offset = 0; offset < 500'000; offset += 10'000) {
    kept.push_back(read(offset, 10'000));
  }
  source.reset();
  strategy.reset();
  for (std::size_t i = 0; i < kept.size(); ++i) {
    REQUIRE(test::same(kept[i].span(), std::span(content).subspan(i * 10'000, 10'000)));
  }
}

TEST_CASE_METHOD(Fixture, "the last window ends where the file does") {
  for (std::size_t offset = 990'000; offset < 1'000'000; offset += 100) {
    static_cast<void>(read(offset, 100));
  }
  CHECK(counters.read_syscalls == 2);
  CHECK(counters.bytes_copied == 10'000);
}

TEST_CASE_METHOD(Fixture, "a window whose filling failed is not taken for what it held before") {
  static_cast<void>(read(0, 100));
  static_cast<void>(read(100, 100));
  std::filesystem::resize_file(dir.path() / "in", 100'000);
  CHECK_THROWS_AS(source->read(100 + 65'536, 100), TruncatedFile);
  static_cast<void>(read(200, 100));
}

}  // namespace
}  // namespace splitscope::strategies
