#include "harness/record/proc_status.h"

#include <unistd.h>

#include <cerrno>
#include <string>

#include "harness/record/proc_file.h"
#include "harness/record/resident_recorder.h"
#include "tests/catch.h"

namespace splitscope::record {
namespace {

constexpr const char* kStatus618 =
    "Name:\tcat\nUmask:\t0022\nState:\tR (running)\nVmPeak:\t    3060 kB\nVmSize:\t    3060 kB\n"
    "VmLck:\t       0 kB\nVmHWM:\t    1640 kB\nVmRSS:\t    1600 kB\nRssAnon:\t     112 kB\n"
    "RssFile:\t    1484 kB\nRssShmem:\t       4 kB\nVmSwap:\t       8 kB\n"
    "HugetlbPages:\t    2048 kB\nCoreDumping:\t0\nThreads:\t1\n";

// Kernel 3.10: no kinds, no huge pages.
constexpr const char* kStatus310 =
    "Name:\tcat\nVmHWM:\t     352 kB\nVmRSS:\t     360 kB\nVmData:\t     180 kB\n"
    "VmSwap:\t       0 kB\nThreads:\t1\n";

TEST_CASE("status of a recent kernel") {
  const ProcStatus status = parse_status(kStatus618);
  CHECK(status.peak_rss_bytes == 1640u * 1024);
  CHECK(status.rss_bytes == 1600u * 1024);
  CHECK(status.rss_anon_bytes == 112u * 1024);
  CHECK(status.rss_file_bytes == 1484u * 1024);
  CHECK(status.rss_shmem_bytes == 4u * 1024);
  CHECK(status.swap_bytes == 8u * 1024);
  CHECK(status.hugetlb_bytes == 2048u * 1024);
  const auto sample = to_sample(status);
  REQUIRE(sample);
  CHECK(sample->rss_bytes() == *status.rss_bytes);
}

TEST_CASE("status of a kernel that does not tell kinds apart") {
  const ProcStatus status = parse_status(kStatus310);
  CHECK(status.rss_bytes == 360u * 1024);
  CHECK_FALSE(status.rss_anon_bytes);
  CHECK_FALSE(status.hugetlb_bytes);
  CHECK_FALSE(to_sample(status));
}

TEST_CASE("high-water mark") {
  SECTION("is the kernel's mark, with huge pages, which it leaves out") {
    CHECK(high_water_bytes(parse_status(kStatus618)) == (1640u + 2048) * 1024);
  }
  SECTION("is what is resident when the mark lags behind") {
    CHECK(high_water_bytes(parse_status(kStatus310)) == 360u * 1024);
  }
  SECTION("needs both lines") {
    CHECK_FALSE(high_water_bytes(parse_status("VmRSS:\t 8 kB\n")));
    CHECK_FALSE(high_water_bytes(parse_status("VmHWM:\t 8 kB\n")));
  }
}

TEST_CASE("status text that is cut off or strange leaves fields empty") {
  CHECK_FALSE(parse_status("").rss_bytes);
  // The last line lacks its end: 1640 may be the start of a longer number.
  CHECK_FALSE(parse_status("VmHWM:\t 16").peak_rss_bytes);
  CHECK_FALSE(parse_status("VmRSS:\t lots\n").rss_bytes);
  CHECK_FALSE(parse_status("VmRSS:\t 12 MB\n").rss_bytes);
  CHECK_FALSE(parse_status("VmRSS:\t 18446744073709551615 kB\n").rss_bytes);
  CHECK_FALSE(parse_status("VmRSS:\t 99999999999999999999 kB\n").rss_bytes);
  CHECK_FALSE(parse_status("NotVmRSS:\t 12 kB\n").rss_bytes);
}

TEST_CASE("every prefix of a status is parsed without harm") {
  const std::string text = kStatus618;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const ProcStatus status = parse_status(std::string_view(text).substr(0, size));
    if (status.rss_bytes) CHECK(*status.rss_bytes == 1600u * 1024);
  }
}

TEST_CASE("statm") {
  const auto statm = parse_statm("765 410 382 5 0 123 0\n");
  REQUIRE(statm);
  CHECK(statm->resident_pages == 410);
  CHECK(statm->shared_pages == 382);
  SECTION("of a process that has exited") {
    CHECK_FALSE(parse_statm("0 0 0 0 0 0 0\n"));
    CHECK_FALSE(parse_statm(""));
    CHECK_FALSE(parse_statm("765 410"));
  }
}

TEST_CASE("smaps_rollup") {
  const ProcRollup rollup = parse_smaps_rollup(
      "55b56f5c3000-7ffe0a228000 ---p 00000000 00:00 0                          [rollup]\n"
      "Rss:                1640 kB\nPss:                 352 kB\nPss_Dirty:           112 kB\n"
      "AnonHugePages:      4096 kB\n");
  CHECK(rollup.pss_bytes == 352u * 1024);
  CHECK(rollup.anon_huge_bytes == 4096u * 1024);
}

TEST_CASE("io") {
  const auto io = parse_io(
      "rchar: 9077\nwchar: 2101\nsyscr: 14\nsyscw: 2\nread_bytes: 4096\nwrite_bytes: 8192\n"
      "cancelled_write_bytes: 0\n");
  REQUIRE(io);
  CHECK(io->read_chars == 9077);
  CHECK(io->write_chars == 2101);
  CHECK(io->read_syscalls == 14);
  CHECK(io->write_syscalls == 2);
  CHECK(io->read_bytes == 4096);
  CHECK(io->write_bytes == 8192);
  CHECK_FALSE(parse_io("rchar: 9077\nwchar: 2101\n"));
  CHECK_FALSE(parse_io(""));
}

TEST_CASE("stat") {
  const std::string numbers =
      "S 7 42 42 34817 42 4194304 90 0 0 0 1 2 -3 4 20 -5 3 0 123456 2318336 368 18446744 1 1\n";
  const auto stat = parse_stat("42 (sh) " + numbers);
  REQUIRE(stat);
  CHECK(stat->state == 'S');
  CHECK(stat->parent == 7);
  CHECK(stat->threads == 3);
  CHECK(stat->start_ticks == 123456);
  SECTION("of a program whose name imitates what follows it") {
    const auto odd = parse_stat("42 (a) Z 1 (b c) " + numbers);
    REQUIRE(odd);
    CHECK(odd->state == 'S');
    CHECK(odd->parent == 7);
  }
  SECTION("cut off anywhere is whole or nothing") {
    const std::string text = "42 (sh) " + numbers;
    for (std::size_t size = 0; size <= text.size(); ++size) {
      const auto part = parse_stat(std::string_view(text).substr(0, size));
      if (part) CHECK(part->start_ticks == 123456);
      if (size < text.find("123456") + 7) CHECK_FALSE(part);
    }
  }
  SECTION("with what is no number") {
    CHECK_FALSE(parse_stat("42 (sh) S x 42 42 0 0 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0\n"));
    CHECK_FALSE(parse_stat("42 (sh) SS 1 42 42 0 0 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0\n"));
  }
}

TEST_CASE("children") {
  std::string_view text = "41 7 ";
  CHECK(take_child(text) == 41);
  CHECK(take_child(text) == 7);
  CHECK(text.empty());
  CHECK_FALSE(take_child(text));
  text = "99999999999 ";
  CHECK_FALSE(take_child(text));
  text = "what";
  CHECK_FALSE(take_child(text));
}

TEST_CASE("a file under /proc is read whole, once and again") {
  ProcFile own(ProcPath(getpid(), "stat").text);
  for (int look = 0; look < 2; ++look) {
    const auto stat = parse_stat(own.read());
    REQUIRE(stat);
    CHECK(stat->state == 'R');
    CHECK(stat->parent == getppid());
    CHECK(own.read_pieces() == own.read());
  }
  SECTION("one that is longer than the buffer is not passed off as whole") {
    ProcFile maps("/proc/self/smaps");
    REQUIRE(maps.is_open());
    CHECK_FALSE(maps.read_pieces());
  }
  SECTION("one that is not there says why") {
    ProcFile none(ProcPath(getpid(), "nothing").text);
    CHECK_FALSE(none.is_open());
    CHECK(none.open_error() == ENOENT);
    CHECK(none.read().empty());
    CHECK_FALSE(none.read_pieces());
  }
}

}  // namespace
}  // namespace splitscope::record
