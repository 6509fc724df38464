#include "harness/record/timeline.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "harness/record/sampler.h"
#include "tests/catch.h"

namespace splitscope::record {
namespace {

TEST_CASE("a fresh channel is not open and empty") {
  const auto channel = TimelineChannel::create();
  CHECK(channel.state() == WindowState::not_open);
  CHECK(channel.now_us() == 0);
  CHECK(channel.phases().empty());
  CHECK(channel.samples().empty());
  CHECK(channel.live_heap_bytes() == kUnknown);
}

TEST_CASE("what one side writes the other reads") {
  auto parent = TimelineChannel::create();
  auto child = TimelineChannel::attach(dup(parent.fd()));
  child.open_window();
  CHECK(parent.state() == WindowState::open);
  CHECK(parent.opened_at_us() > 0);

  child.begin_phase("postings");
  CHECK(parent.phases().at(0).name == "postings");
  CHECK(parent.phases().at(0).end_us == kUnknown);
  CHECK(parent.phases().at(0).peak_heap_bytes == kUnknown);
  child.end_phase(100, 50, 4096);
  const Phase phase = parent.phases().at(0);
  CHECK(phase.end_us >= phase.start_us);
  CHECK(phase.end_us != kUnknown);
  CHECK(phase.peak_heap_bytes == 100);
  CHECK(phase.end_heap_bytes == 50);
  CHECK(phase.pss_bytes == 4096);

  const ResidentSample sample{5, 1, 2, 3, 4};
  child.add_sample(sample);
  CHECK(parent.samples() == std::vector{sample});

  child.set_heap_counted();
  child.heap()->live.store(123);
  child.heap()->earlier_peak.store(456);
  CHECK(parent.live_heap_bytes() == 123);
  CHECK(parent.peak_heap_bytes() == 456);
  child.heap()->live.store(-1);
  CHECK(parent.live_heap_bytes() == 0);

  child.close_window();
  CHECK(parent.state() == WindowState::closed);
  CHECK(parent.closed_at_us() >= parent.opened_at_us());
}

TEST_CASE("a child that dies leaves what it wrote") {
  auto parent = TimelineChannel::create();
  const pid_t pid = fork();
  if (pid == 0) {
    auto child = TimelineChannel::attach(dup(parent.fd()));
    child.open_window();
    child.begin_phase("doomed");
    child.add_sample({1, 2, 3, 4, 5});
    _exit(0);
  }
  REQUIRE(pid > 0);
  waitpid(pid, nullptr, 0);
  CHECK(parent.state() == WindowState::open);
  CHECK(parent.phases().at(0).name == "doomed");
  CHECK(parent.samples().size() == 1);
}

TEST_CASE("too many phases and samples are counted and dropped") {
  auto channel = TimelineChannel::create();
  channel.open_window();
  for (std::size_t i = 0; i < kMaxPhases + 3; ++i) {
    channel.begin_phase("p" + std::to_string(i));
    channel.end_phase(i, 0, 0);
  }
  for (std::size_t i = 0; i < kMaxChildSamples + 5; ++i) channel.add_sample({i, 0, 0, 0, 0});
  CHECK(channel.phases().size() == kMaxPhases);
  // The last one entered is not overwritten by those dropped.
  CHECK(channel.phases().back().name == "p255");
  CHECK(channel.phases().back().peak_heap_bytes == 255);
  CHECK(channel.dropped_phases() == 3);
  CHECK(channel.samples().size() == kMaxChildSamples);
  CHECK(channel.dropped_samples() == 5);
}

TEST_CASE("long names are cut") {
  auto channel = TimelineChannel::create();
  channel.begin_phase(std::string(31, 'a'));
  channel.begin_phase(std::string(32, 'b'));
  CHECK(channel.phases().at(0).name == std::string(31, 'a'));
  CHECK(channel.phases().at(1).name == std::string(31, 'b'));
}

TEST_CASE("descriptors that hold no timeline are refused") {
  CHECK_THROWS_WITH(TimelineChannel::attach(-1), test::contains("not open"));
  const int small = memfd_create("small", MFD_CLOEXEC);
  CHECK_THROWS_WITH(TimelineChannel::attach(small), test::contains("0 bytes, expected"));
  auto channel = TimelineChannel::create();
  const int other = dup(channel.fd());
  const int wrong_version = 99;
  REQUIRE(pwrite(channel.fd(), &wrong_version, sizeof wrong_version, 4) == sizeof wrong_version);
  CHECK_THROWS_WITH(TimelineChannel::attach(other), test::contains("version 99"));
  const int wrong_magic = 0;
  REQUIRE(pwrite(channel.fd(), &wrong_magic, sizeof wrong_magic, 0) == sizeof wrong_magic);
  CHECK_THROWS_WITH(TimelineChannel::attach(dup(channel.fd())), test::contains("no timeline"));
}

TEST_CASE("the sampler sees another process's memory by kind") {
  constexpr std::size_t kBytes = 32 << 20;
  auto channel = TimelineChannel::create();
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t pid = fork();
  if (pid == 0) {
    auto own = TimelineChannel::attach(dup(channel.fd()));
    own.open_window();
    auto* anon = static_cast<char*>(
        mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    auto* shared = static_cast<char*>(
        mmap(nullptr, kBytes / 2, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    for (std::size_t i = 0; i < kBytes; i += 4096) anon[i] = 1;
    for (std::size_t i = 0; i < kBytes / 2; i += 4096) shared[i] = 1;
    (void)!write(ready[1], "x", 1);
    pause();
    _exit(0);
  }
  REQUIRE(pid > 0);
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  Sampler sampler(pid, &channel);
  const auto sample = sampler.sample_once();
  REQUIRE(sample);
  CHECK(sample->anon_bytes >= kBytes);
  CHECK(sample->shmem_bytes >= kBytes / 2);
  CHECK(sample->file_bytes < kBytes / 2);
  CHECK(sample->heap_bytes == kUnknown);
  CHECK(sampler.seen_peak_rss_bytes() >= sample->rss_bytes());
  channel.close_window();
  CHECK_FALSE(sampler.sample_once());
  CHECK_FALSE(sampler.gone());
  channel.open_window();
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  CHECK_FALSE(sampler.sample_once());
  CHECK(sampler.gone());
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace splitscope::record
