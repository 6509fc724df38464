#include "base/bus_error.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "strategies/contract/contract_subjects.h"
#include "tests/catch.h"

namespace splitscope::strategies {
namespace {

struct Outcome {
  int status = 0;
  std::string message;
};

// Runs `work` in a child with the handler installed and collects what it says.
Outcome in_child(const std::function<void()>& work) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::dup2(ends[1], STDERR_FILENO);
    install_bus_error_handler();
    try {
      work();
    } catch (...) {
      ::_exit(2);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  Outcome outcome;
  std::array<char, 256> part{};
  for (ssize_t count = 0; (count = ::read(ends[0], part.data(), part.size())) > 0;) {
    outcome.message.append(part.data(), static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  REQUIRE(::waitpid(child, &outcome.status, 0) == child);
  return outcome;
}

// Strategies that touch their mapping when they are asked, and windows of whole pages.
std::vector<std::string> mapping_subjects() {
  std::vector<std::string> specs;
  for (const StrategyInfo& info : all_strategies()) {
    if (!info.traits.maps_files || info.traits.copies == Copies::kWholeFile) continue;
    specs.push_back(info.name);
    if (info.traits.window_option.empty()) continue;
    specs.push_back(info.name + ":" + info.traits.window_option + "=4KiB");
  }
  return specs;
}

TEST_CASE("a file cut short while mapped is named before the process ends by SIGBUS") {
  const std::string spec = GENERATE(from_range(mapping_subjects()));
  const bool scan = GENERATE(false, true);
  INFO(spec << (scan ? " scan" : " read"));
  const test::TemporaryFolder dir;
  const auto path = dir.file("cut", test::random_bytes(65'536, 1));
  const auto other = dir.file("other", test::random_bytes(65'536, 2));
  const Outcome outcome = in_child([&] {
    AccessCounters counters;
    const auto strategy = make_strategy(spec, counters);
    const auto before = strategy->open(other);
    const auto source = strategy->open(path);
    const auto after = strategy->open(other);
    std::filesystem::resize_file(path, 8192);
    if (scan) {
      static_cast<void>(test::scan_all(*source, 8000, 1000));
    } else {
      const Bytes bytes = source->read(8000, 1000);
      // Volatile: a copy that nobody looks at need not be made.
      [[maybe_unused]] volatile std::byte last{};
      for (const std::byte byte : bytes.span()) last = byte;
    }
  });
  REQUIRE(WIFSIGNALED(outcome.status));
  CHECK(WTERMSIG(outcome.status) == SIGBUS);
  // memcpy may touch the lost page anywhere within the range.
  CHECK_THAT(outcome.message, test::contains(path.native() + ": at byte 8"));
  CHECK_THAT(outcome.message, test::contains(": the file became shorter while it was mapped\n"));
  CHECK(std::count(outcome.message.begin(), outcome.message.end(), '\n') == 1);
}

TEST_CASE("a SIGBUS that no mapping explains ends the process without a guess") {
  const Outcome outcome = in_child([] { ::raise(SIGBUS); });
  REQUIRE(WIFSIGNALED(outcome.status));
  CHECK(WTERMSIG(outcome.status) == SIGBUS);
  CHECK(outcome.message.empty());
}

TEST_CASE("more mappings than the table holds are no error") {
  const std::array<char, 16> memory{};
  constexpr std::size_t kMoreThanTheTable = 3000;
  std::vector<std::unique_ptr<BusErrorWatch>> watches;
  watches.reserve(kMoreThanTheTable);
  for (std::size_t i = 0; i < kMoreThanTheTable; ++i) {
    watches.push_back(std::make_unique<BusErrorWatch>(memory.data(), memory.size(), "name"));
  }
  watches.clear();
  // All entries are free again: a fault is explained as before.
  const test::TemporaryFolder dir;
  const auto path = dir.file("cut", test::random_bytes(8192, 1));
  const Outcome outcome = in_child([&] {
    AccessCounters counters;
    const auto strategy = make_strategy("lazy-mmap", counters);
    const auto source = strategy->open(path);
    std::filesystem::resize_file(path, 0);
    static_cast<void>(source->read(4096, 1));
  });
  CHECK(outcome.message ==
        path.native() + ": at byte 4096: the file became shorter while it was mapped\n");
}

}  // namespace
}  // namespace splitscope::strategies
