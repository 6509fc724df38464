// What every ByteSource must do, over the whole catalog.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <limits>
#include <random>
#include <thread>

#include "base/errors.h"
#include "strategies/contract/contract_subjects.h"
#include "tests/catch.h"

namespace splitscope::strategies {
namespace {

using test::TemporaryFolder;

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

// Lines of this process's maps that name the file.
std::size_t mappings_of(const std::filesystem::path& path) {
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find(path.native()) != std::string::npos) ++count;
  }
  return count;
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

TEST_CASE("reads and scans yield the bytes of the file", "[contract]") {
  const std::string spec = GENERATE(from_range(test::all_subjects()));
  INFO(spec);
  const TemporaryFolder dir;
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  // Around the sizes of pages and of every window in the subjects.
  for (const std::size_t size :
       {1U, 63U, 64U, 65U, 999U, 1000U, 1001U, 4095U, 4096U, 4097U, 300'001U}) {
    INFO(size);
    const auto content = test::random_bytes(size, 1);
    const auto source = strategy->open(dir.file("in", content));
    REQUIRE(source->size() == size);
    const std::span<const std::byte> all(content);

    CHECK(test::same(source->read(0, size).span(), all));
    CHECK(test::same(source->read(size - 1, 1).span(), all.last(1)));
    CHECK(test::same(test::scan_all(*source, 0, size), all));

    std::mt19937_64 random(size);
    for (int round = 0; round < 60; ++round) {
      const std::size_t offset = random() % (size + 1);
      const std::size_t length = random() % (size - offset + 1);
      const auto part = all.subspan(offset, length);
      const Bytes bytes = source->read(offset, length);
      REQUIRE(test::same(bytes.span(), part));
      REQUIRE(test::same(test::scan_all(*source, offset, length), part));
    }
  }
}

TEST_CASE("small forward reads in several streams yield the bytes of the file", "[contract]") {
  const std::string spec = GENERATE(from_range(test::all_subjects()));
  INFO(spec);
  const TemporaryFolder dir;
  const auto content = test::random_bytes(600'000, 2);
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  const auto source = strategy->open(dir.file("in", content));

  // Six streams, more than any strategy follows, with gaps; some results are kept for a while.
  std::mt19937 random(3);
  std::array<std::size_t, 6> position{0, 100'000, 200'000, 300'000, 400'000, 500'000};
  struct Kept {
    std::size_t offset;
    Bytes bytes;
  };
  std::vector<Kept> kept;
  for (int round = 0; round < 3000; ++round) {
    std::size_t& offset = position[random() % position.size()];
    const std::size_t length = random() % 50 == 0 ? random() % 3000 : random() % 100;
    if (random() % 20 == 0) offset += random() % 500;
    if (offset + length > content.size()) continue;
    Bytes bytes = source->read(offset, length);
    REQUIRE(test::same(bytes.span(), std::span(content).subspan(offset, length)));
    if (random() % 10 == 0) kept.push_back({offset, std::move(bytes)});
    offset += length;
  }
  for (const Kept& one : kept) {
    REQUIRE(test::same(one.bytes.span(), std::span(content).subspan(one.offset, one.bytes.size())));
  }
}

TEST_CASE("an empty file and empty ranges have no bytes", "[contract]") {
  const std::string spec = GENERATE(from_range(test::all_subjects()));
  INFO(spec);
  const TemporaryFolder dir;
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  const auto empty = strategy->open(dir.file("empty", {}));
  CHECK(empty->size() == 0);
  CHECK(empty->read(0, 0).empty());
  CHECK(empty->scan(0, 0)->next().empty());
  CHECK_THROWS_AS(empty->read(0, 1), RangeError);

  const auto source = strategy->open(dir.file("in", test::random_bytes(10, 4)));
  CHECK(source->read(10, 0).empty());
  const auto scan = source->scan(10, 0);
  CHECK(scan->next().empty());
  CHECK(scan->next().empty());
}

TEST_CASE("a range beyond the file is refused before anything is read", "[contract]") {
  const std::string spec = GENERATE(from_range(test::all_subjects()));
  INFO(spec);
  const TemporaryFolder dir;
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  const auto source = strategy->open(dir.file("in", test::random_bytes(5000, 5)));
  const std::uint64_t copied_by_open = counters.bytes_copied;
  const std::uint64_t syscalls_by_open = counters.read_syscalls;
  struct Range {
    std::uint64_t offset;
    std::uint64_t length;
  };
  for (const auto& [offset, length] : {Range{0, 5001}, Range{5000, 1}, Range{5001, 0},
                                       Range{kHuge, 1}, Range{1, kHuge}, Range{kHuge, kHuge}}) {
    INFO(offset << "+" << length);
    CHECK_THROWS_AS(source->read(offset, length), RangeError);
    CHECK_THROWS_AS(source->scan(offset, length), RangeError);
  }
  CHECK(counters.bytes_copied == copied_by_open);
  CHECK(counters.read_syscalls == syscalls_by_open);
  CHECK(counters.reads == 0);
}

TEST_CASE("what cannot be opened is named", "[contract]") {
  const std::string spec = GENERATE(from_range(test::file_subjects()));
  INFO(spec);
  const TemporaryFolder dir;
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  const std::size_t descriptors = open_descriptors();
  const auto message = [&](const std::filesystem::path& path, int error) -> std::string {
    try {
      const auto source = strategy->open(path);
    } catch (const std::system_error& problem) {
      CHECK(problem.code().value() == error);
      return problem.what();
    }
    return "(no error)";
  };
  const auto missing = dir.path() / "missing";
  CHECK_THAT(message(missing, ENOENT), test::contains("open " + missing.native() + ": No such"));
  CHECK_THAT(message(dir.path(), EISDIR), test::contains(dir.path().native() + ": Is a directory"));
  const auto pipe = dir.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THAT(message(pipe, EINVAL), test::contains(pipe.native() + ": not a regular file"));

  const auto secret = dir.file("secret", test::random_bytes(10, 6));
  std::filesystem::permissions(dir.path(), std::filesystem::perms{0755});
  std::filesystem::permissions(secret, std::filesystem::perms::none);
  // Permissions do not bind root, so it steps down for the moment.
  constexpr uid_t kNobody = 65534;
  const bool root = ::geteuid() == 0;
  if (root && ::seteuid(kNobody) != 0) {
    std::printf("SKIPPED: no permission test, the user cannot be changed\n");
  } else {
    const std::string text = message(secret, EACCES);
    if (root) REQUIRE(::seteuid(0) == 0);
    CHECK_THAT(text, test::contains("open " + secret.native() + ": Permission denied"));
  }
  CHECK(open_descriptors() == descriptors);
}

TEST_CASE("a file cut short while open is a TruncatedFile that says where", "[contract]") {
  const std::string spec = GENERATE(from_range(test::file_subjects()));
  // A mapping raises SIGBUS instead: bus_error_test.cc.
  if (!test::reads_when_asked(spec)) return;
  INFO(spec);
  const TemporaryFolder dir;
  const auto path = dir.file("in", test::random_bytes(300'000, 7));
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  const auto source = strategy->open(path);
  const auto scan = source->scan(0, 300'000);
  CHECK_FALSE(scan->next().empty());
  std::filesystem::resize_file(path, 100'000);

  CHECK_NOTHROW(source->read(0, 1000));
  try {
    const Bytes bytes = source->read(99'000, 5000);
    FAIL("no error");
  } catch (const TruncatedFile& problem) {
    CHECK_THAT(problem.what(), test::contains(path.native() + ": at byte 99000: expected 5000 "
                                                              "bytes, found 1000"));
  }
  CHECK_THROWS_AS(test::scan_all(*source, 0, 300'000), TruncatedFile);
  CHECK_THROWS_AS(test::scan_all(*source, 200'000, 10), TruncatedFile);
  // A read that failed leaves nothing behind that a later one could take for the file.
  CHECK_THROWS_AS(source->read(150'000, 10), TruncatedFile);
  CHECK_THROWS_AS(source->read(150'010, 10), TruncatedFile);
}

TEST_CASE("one source serves several threads", "[contract]") {
  const std::string spec = GENERATE(from_range(test::all_subjects()));
  INFO(spec);
  const TemporaryFolder dir;
  const auto content = test::random_bytes(200'000, 8);
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  const auto source = strategy->open(dir.file("in", content));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937 random(thread);
      std::size_t forward = thread * 50'000;
      std::vector<Bytes> kept(5);
      for (std::size_t round = 0; round < 400; ++round) {
        const std::size_t offset = random() % content.size();
        const std::size_t length = random() % std::min<std::size_t>(2000, content.size() - offset);
        kept[round % kept.size()] = source->read(offset, length);
        const auto part = std::span(content).subspan(offset, length);
        if (!test::same(kept[round % kept.size()].span(), part)) ++wrong;
        if (round % 20 == 0 && !test::same(test::scan_all(*source, offset, length), part)) ++wrong;
        const Bytes next = source->read(forward, 50);
        if (!test::same(next.span(), std::span(content).subspan(forward, 50))) ++wrong;
        forward += 50;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("bytes outlive their source and their strategy", "[contract]") {
  const std::string spec = GENERATE(from_range(test::file_subjects()));
  INFO(spec);
  const TemporaryFolder dir;
  const auto content = test::random_bytes(100'000, 9);
  const auto path = dir.file("in", content);
  const std::size_t descriptors = open_descriptors();
  AccessCounters counters;
  std::vector<Bytes> kept;
  {
    const auto strategy = test::make_subject(spec, counters);
    const auto source = strategy->open(path);
    for (std::size_t i = 0; i < 40; ++i) kept.push_back(source->read(i * 700, 650));
    CHECK(mappings_of(path) == (test::traits_of(spec).maps_files ? 1 : 0));
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    REQUIRE(test::same(kept[i].span(), std::span(content).subspan(i * 700, 650)));
  }
  CHECK(mappings_of(path) == (test::traits_of(spec).views_pin_mapping ? 1 : 0));
  // Dropped on another thread, all but one.
  Bytes last = std::move(kept.back());
  std::thread([&] { kept.clear(); }).join();
  CHECK(test::same(last.span(), std::span(content).subspan(39 * 700, 650)));
  last.reset();
  CHECK(mappings_of(path) == 0);
  CHECK(open_descriptors() == descriptors);
}

// A read of 1,000 and a scan of 5,000 bytes in a file of 10,000.
void check_counters(const std::string& spec, std::uint64_t windows) {
  INFO(spec);
  const StrategyTraits traits = test::traits_of(spec);
  const TemporaryFolder dir;
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  const auto source = strategy->open(dir.file("in", test::random_bytes(10'000, 10)));
  static_cast<void>(source->read(100, 1000));
  CHECK(counters.read_sizes[10] == 1);  // [512, 1024)
  test::scan_all(*source, 5000, 5000);
  CHECK(counters.bytes_requested == 6000);
  CHECK(counters.reads == 1 + windows);
  std::uint64_t sizes = 0;
  for (const auto& count : counters.read_sizes) sizes += count;
  CHECK(sizes == counters.reads);
  const bool whole_file = traits.copies == Copies::kWholeFile;
  CHECK(counters.bytes_copied == (whole_file                          ? 10'000U
                                  : traits.copies == Copies::kNothing ? 0U
                                                                      : 6000U));
  CHECK(counters.read_syscalls == (traits.maps_files ? 0 : whole_file ? 1 : counters.reads.load()));
  CHECK(counters.bytes_written == 0);
}

TEST_CASE("counters tell what was asked and, by the traits, what was copied", "[contract]") {
  const StrategyInfo info = GENERATE(from_range(test::file_strategies()));
  check_counters(info.name, 1);
  if (info.traits.window_option.empty()) return;
  check_counters(info.name + ":" + info.traits.window_option + "=2000", 3);
}

}  // namespace
}  // namespace splitscope::strategies
