// Counting is in the bases: whatever a source, a scan or a sink does, once and only once.
#include "base/errors.h"
#include "strategies/contract/contract_subjects.h"
#include "tests/catch.h"

namespace splitscope::strategies {
namespace {

// Passes everything on; counts where it was given counters.
class Adaptor final : public ByteSource {
 public:
  explicit Adaptor(const ByteSource* inner) : inner_(*inner) {}
  Adaptor(const ByteSource* inner, AccessCounters& counters)
      : ByteSource(counters), inner_(*inner) {}

  [[nodiscard]] std::uint64_t ranges_read() const { return ranges_read_; }

 private:
  [[nodiscard]] std::uint64_t file_size() const override { return inner_.size(); }
  [[nodiscard]] std::string_view file_name() const override { return inner_.name(); }
  [[nodiscard]] Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    ++ranges_read_;
    return inner_.read(offset, length);
  }
  [[nodiscard]] std::unique_ptr<Scan> scan_range(std::uint64_t offset,
                                                 std::uint64_t length) const override {
    return inner_.scan(offset, length);
  }

  const ByteSource& inner_;
  mutable std::uint64_t ranges_read_ = 0;
};

TEST_CASE("an empty read is counted and reaches no strategy") {
  const MemorySource memory(test::random_bytes(100, 1));
  AccessCounters counters;
  const Adaptor source(&memory, counters);
  CHECK(source.read(100, 0).empty());
  CHECK(counters.reads == 1);
  CHECK(counters.read_sizes[0] == 1);
  CHECK(source.ranges_read() == 0);
}

TEST_CASE("what is refused is not counted, and is refused in the name of the file") {
  const MemorySource memory(test::random_bytes(100, 1));
  AccessCounters counters;
  const Adaptor source(&memory, counters);
  CHECK_THROWS_WITH(source.read(90, 11),
                    test::contains("(memory): bytes 90+11 asked for, the file has 100"));
  CHECK_THROWS_AS(source.scan(101, 0), RangeError);
  CHECK(counters.reads == 0);
  CHECK(source.ranges_read() == 0);
}

TEST_CASE("a scan that is passed on is counted once, by whoever counts") {
  AccessCounters counters;
  const MemorySource memory(test::random_bytes(1000, 1), 300);

  SECTION("the outer one") {
    const Adaptor outer(&memory, counters);
    CHECK(test::scan_all(outer, 0, 1000).size() == 1000);
  }
  SECTION("the inner one") {
    const Adaptor inner(&memory, counters);
    const Adaptor outer(&inner);
    CHECK(test::scan_all(outer, 0, 1000).size() == 1000);
  }
  SECTION("both") {
    AccessCounters unused;
    const Adaptor inner(&memory, counters);
    const Adaptor outer(&inner, unused);
    CHECK(test::scan_all(outer, 0, 1000).size() == 1000);
    CHECK(unused.reads == 0);
  }
  // The end is no window.
  CHECK(counters.reads == 4);
  CHECK(counters.bytes_requested == 1000);
}

// One window of the range of a source that counts, at another offset there.
TEST_CASE("a scan that is passed on goes on reading where it was made") {
  const auto content = test::random_bytes(1000, 1);
  AccessCounters counters;
  const test::TemporaryFolder dir;
  const auto strategy = make_strategy("range-read", counters);
  const auto inner = strategy->open(dir.file("in", content));
  const Adaptor outer(inner.get());
  CHECK(test::same(test::scan_all(outer, 100, 200), std::span(content).subspan(100, 200)));
  CHECK(counters.reads == 1);
}

class CountedSink final : public ByteSink {
 public:
  explicit CountedSink(AccessCounters& counters) : ByteSink(counters) {}
  std::size_t appended = 0;

 private:
  void append(std::span<const std::byte> bytes) override { appended += bytes.size(); }
  void complete() override {}
};

TEST_CASE("a sink counts what it was given, written or copied, once") {
  const MemorySource memory(test::random_bytes(1000, 1), 300);
  AccessCounters counters;
  CountedSink sink(counters);
  sink.write(test::random_bytes(10, 2));
  sink.copy_from(memory, 100, 700);
  CHECK(sink.appended == 710);
  CHECK(counters.bytes_written == 710);
  CHECK_THROWS_AS(sink.copy_from(memory, 500, 501), RangeError);
  CHECK(counters.bytes_written == 710);
  sink.finish();
}

}  // namespace
}  // namespace splitscope::strategies
