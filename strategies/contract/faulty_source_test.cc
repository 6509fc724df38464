#include "strategies/interface/testing/faulty_source.h"

#include "strategies/contract/contract_subjects.h"
#include "tests/catch.h"

namespace splitscope::strategies {
namespace {

TEST_CASE("a faulty source fails where it was told to and is right elsewhere") {
  const auto content = test::random_bytes(1000, 1);
  const MemorySource memory(content);

  const FaultySource third(memory, {.fail_read = 3});
  CHECK(test::same(third.read(0, 10).span(), std::span(content).first(10)));
  CHECK(third.read(10, 10).size() == 10);
  CHECK_THROWS_AS(third.read(20, 10), std::system_error);
  CHECK(third.read(20, 10).size() == 10);
  CHECK(third.reads() == 4);

  const FaultySource short_windows(memory, {.window_bytes = 7});
  CHECK(test::same(test::scan_all(short_windows, 0, 1000), content));
  CHECK(short_windows.windows() == 144);  // 143 windows and the end

  const FaultySource second_window(memory, {.fail_window = 2, .error = ENOMEM, .window_bytes = 7});
  const auto scan = second_window.scan(0, 1000);
  CHECK(scan->next().size() == 7);
  CHECK_THROWS_WITH(scan->next(), test::contains("scan (faulty) at byte 7"));

  const FaultySource cut(memory, {.window_bytes = 100, .truncated_at = 250});
  CHECK(cut.read(0, 250).size() == 250);
  CHECK_THROWS_AS(cut.read(0, 251), TruncatedFile);
  CHECK_THROWS_AS(test::scan_all(cut, 0, 1000), TruncatedFile);
  CHECK(test::scan_all(cut, 0, 250).size() == 250);
  CHECK_THROWS_AS(cut.read(0, 1001), RangeError);
}

TEST_CASE("a sink that copies from a failing source passes the error on and leaves no file") {
  const std::string spec = GENERATE(from_range(test::file_subjects()));
  INFO(spec);
  const test::TemporaryFolder dir;
  const MemorySource memory(test::random_bytes(100'000, 2));
  const FaultySource faulty(memory, {.fail_window = 5, .window_bytes = 1000});
  AccessCounters counters;
  {
    const auto strategy = test::make_subject(spec, counters);
    const auto sink = strategy->create(dir.path() / "out");
    CHECK_THROWS_AS(sink->copy_from(faulty, 0, 100'000), std::system_error);
  }
  CHECK(dir.names().empty());
}

}  // namespace
}  // namespace splitscope::strategies
