// Programs of known behaviour (testing/heap_subject.cc) and others, read from outside through their
// slots.
#include "harness/record/heap_slots.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "base/environment.h"
#include "base/testing/temporary_folder.h"
#include "harness/record/heap_absence.h"
#include "harness/record/heap_exec_environment.h"
#include "harness/record/heap_slots_layout.h"
#include "tests/catch.h"

namespace splitscope::record {
namespace {

namespace fs = std::filesystem;

const std::string kSubject = SPLITSCOPE_HEAP_SUBJECT;

struct Outcome {
  int status = -1;
  std::string output;
  std::vector<HeapSlot> slots;
  std::uint64_t tree_peak = 0;
  std::uint64_t tree_live_after = 0;

  [[nodiscard]] const HeapSlot& only() const {
    REQUIRE(slots.size() == 1);
    return slots.front();
  }
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::string read_all(int fd) {
  std::string text;
  char part[4096];
  for (ssize_t size = 0; (size = read(fd, part, sizeof part)) > 0;) {
    text.append(part, static_cast<std::size_t>(size));
  }
  return text;
}

/// Runs a program with the shim to its end, with nothing of this process's environment.
Outcome run(std::vector<std::string> arguments, std::vector<std::string> environment = {},
            bool exact_sum = false) {
  const test::TemporaryFolder folder;
  HeapSlots slots = HeapSlots::create(folder.path(), exact_sum);
  environment.push_back("PATH=/usr/bin:/bin");
  environment = with_heap_shim(environment, SPLITSCOPE_HEAP_LIBRARY, slots.path());
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t pid = -1;
  Outcome outcome;
  const int error = posix_spawnp(&pid, arguments.front().c_str(), &actions, nullptr,
                                 pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error == 0) {
    outcome.output = read_all(ends[0]);
    waitpid(pid, &outcome.status, 0);
  }
  close(ends[0]);
  REQUIRE(error == 0);
  outcome.slots = slots.read();
  outcome.tree_peak = slots.tree_peak_bytes();
  for (const HeapSlot& slot : outcome.slots) slots.process_ended(slot.pid);
  outcome.tree_live_after = slots.tree_live_bytes();
  return outcome;
}

Outcome run_subject(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), kSubject);
  return run(std::move(arguments));
}

const HeapSlot& named(const Outcome& outcome, const std::string& name) {
  const auto found = std::find_if(outcome.slots.begin(), outcome.slots.end(),
                                  [&](const HeapSlot& slot) { return slot.name == name; });
  INFO("process " << name);
  REQUIRE(found != outcome.slots.end());
  return *found;
}

void skip(const char* why) { std::cout << "SKIPPED: " << why << "\n"; }

/// Holds a slot against what the program printed.
void check_known(const HeapSlot& slot, const std::string& output) {
  std::istringstream words(output);
  std::uint64_t live = 0, peak = 0, allocations = 0, frees = 0, requested = 0;
  words >> live >> peak >> allocations >> frees >> requested;
  REQUIRE(words);
  REQUIRE(allocations > 0);
  CHECK(slot.live_bytes == live);
  CHECK(slot.peak_bytes == peak);
  CHECK(slot.allocations == allocations);
  CHECK(slot.frees == frees);
  CHECK(slot.requested_bytes == requested);
}

TEST_CASE("every figure of a program with one thread is exact") {
  const Outcome outcome = run_subject({"work"});
  CHECK(outcome.status == 0);
  check_known(outcome.only(), outcome.output);
  CHECK_FALSE(outcome.only().forked);
  CHECK(outcome.only().name == fs::path(kSubject).filename().string().substr(0, 15));
  CHECK(outcome.only().largest_bytes <= 20'000);
  CHECK(outcome.only().largest_bytes > 19'000);
}

TEST_CASE("the sum over all processes") {
  SECTION("is within 64 KiB of each process") {
    const Outcome outcome = run_subject({"work"});
    const auto peak = outcome.only().peak_bytes;
    CHECK(outcome.tree_peak <= peak);
    CHECK(outcome.tree_peak + (64 << 10) >= peak);
    CHECK(outcome.tree_live_after == 0);
  }
  SECTION("is exact where that is asked for") {
    const Outcome outcome = run({kSubject, "work"}, {}, true);
    CHECK(outcome.tree_peak == outcome.only().peak_bytes);
    CHECK(outcome.tree_live_after == 0);
  }
  SECTION("loses who was killed") {
    const Outcome outcome = run_subject({"kill"});
    CHECK(outcome.tree_peak >= 900'000 - (64 << 10));
    CHECK(outcome.tree_live_after == 0);
  }
}

TEST_CASE("peaks of stretches of time") {
  const test::TemporaryFolder folder;
  HeapSlots slots = HeapSlots::create(folder.path());
  CHECK(slots.mark().peak_bytes == kUnknown);
  // What processes write, written here.
  const int fd = open(slots.path().c_str(), O_RDWR | O_CLOEXEC);
  void* const mapped =
      mmap(nullptr, kHeapSlotsFileBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  REQUIRE(mapped != MAP_FAILED);
  auto* const header = static_cast<HeapSlotsHeader*>(mapped);
  header->slots_given = 2;
  const auto claim = [&](std::uint32_t index, pid_t pid, std::int64_t peak, std::int64_t live) {
    HeapSlotMemory& slot = *slot_at(header, index);
    slot.claimed = 1;
    slot.pid = pid;
    slot.peak = peak;
    slot.live = live;
    slot.high = peak;
    return &slot;
  };
  HeapSlotMemory* const one = claim(0, 11, 900, 100);
  one->rss_anon_peak = 5000;
  one->rss_peak = 6000;

  HeapMark mark = slots.mark();
  CHECK(mark.peak_bytes == 900);
  CHECK(mark.live_bytes == 100);
  CHECK(mark.rss_anon_peak_bytes == 5000);
  CHECK(one->marks == 1);   // the next large release is looked at
  CHECK(one->high == 100);  // the next allocation of the process is seen
  one->peak = 300;
  one->live = 200;
  mark = slots.mark();
  CHECK(mark.peak_bytes == 300);
  CHECK(mark.live_bytes == 200);
  CHECK(mark.rss_anon_peak_bytes == 0);

  SECTION("one that does nothing is added to the one that does") {
    HeapSlotMemory* const two = claim(1, 12, 70, 50);
    (void)slots.mark();
    two->peak = 80;
    mark = slots.mark();
    CHECK(mark.peak_bytes == 280);
    CHECK(mark.live_bytes == 250);
    slots.process_ended(12);
    mark = slots.mark();
    CHECK(mark.peak_bytes == 200 + 50);
    CHECK(mark.live_bytes == 200);
    CHECK(slots.mark().peak_bytes == 200);
  }
  SECTION("of several that do, the sum that they told") {
    (void)claim(1, 12, 70, 50);
    one->peak = 210;
    header->tree_live = 260;
    header->tree_peak = 275;
    CHECK(slots.mark().peak_bytes == 275);
    CHECK(header->tree_peak == 260);
    CHECK(slots.tree_peak_bytes() == 275);
  }
  SECTION("all of them together are what they would have been without") {
    const auto all = slots.read();
    REQUIRE(all.size() == 1);
    CHECK(all[0].peak_bytes == 900);
    CHECK(all[0].rss_peak_bytes == 6000);
    CHECK(all[0].rss_anon_peak_bytes == 5000);
  }
  munmap(mapped, kHeapSlotsFileBytes);
}

TEST_CASE("what a killed process held is there") {
  const Outcome outcome = run_subject({"kill"});
  CHECK(WIFSIGNALED(outcome.status));
  CHECK(outcome.only().live_bytes >= 900'000);
  CHECK(outcome.only().allocations == 1);
}

TEST_CASE("threads add up") {
  for (const int count : {4, 100}) {
    const Outcome outcome = run_subject({"threads", std::to_string(count)});
    const HeapSlot& slot = outcome.only();
    CHECK(outcome.status == 0);
    const auto threads = static_cast<std::uint64_t>(count);
    // Besides, each thread's dynamic vector, which ends with it or is kept for the next.
    CHECK(slot.allocations >= threads * 20'001);
    CHECK(slot.allocations <= threads * 20'004);
    CHECK(slot.size_histogram[10] == threads * 20'000);  // 512 to 1023
    CHECK(slot.size_histogram[17] == threads);           // 65536 to 131071
    CHECK(slot.frees >= threads * 20'000);
    CHECK(slot.live_bytes >= threads * 100'000);
    CHECK(slot.peak_bytes <= threads * (100'000 + 3000));
  }
}

TEST_CASE("a child that does not execute counts what it allocates itself") {
  for (const char* way : {"fork", "clone"}) {
    INFO(way);
    const Outcome outcome = run_subject({way});
    CHECK(outcome.status == 0);
    REQUIRE(outcome.slots.size() == 2);
    const HeapSlot& parent = outcome.slots[0];
    const HeapSlot& child = outcome.slots[1];
    CHECK(parent.allocations == 1);
    CHECK(parent.peak_bytes >= 1'000'000);
    CHECK(parent.peak_bytes < 1'010'000);
    CHECK(child.parent_pid == parent.pid);
    CHECK(child.forked);
    CHECK(child.allocations == 1);
    CHECK(child.requested_bytes == 5'000'000);
    CHECK(child.peak_bytes >= 5'000'000);
    CHECK(child.peak_bytes < 5'010'000);
  }
}

TEST_CASE("a child of vfork counts in its parent, whose memory it uses") {
  const Outcome outcome = run_subject({"vfork"});
  CHECK(outcome.only().requested_bytes == 3'000'000);
  CHECK(outcome.only().live_bytes == 0);
}

TEST_CASE("freeing what was inherited takes nothing below nothing") {
  const Outcome outcome = run_subject({"inherit"});
  REQUIRE(outcome.slots.size() == 2);
  CHECK(outcome.slots[1].live_bytes >= 300'000);
  CHECK(outcome.slots[1].live_bytes < 310'000);
  CHECK(outcome.tree_live_after == 0);
}

TEST_CASE("a program that is executed takes a slot of its own") {
  const Outcome outcome = run_subject({"exec", kSubject, "work"});
  REQUIRE(outcome.slots.size() == 2);
  CHECK(outcome.slots[0].pid == outcome.slots[1].pid);
  CHECK(outcome.slots[0].requested_bytes == 70'000);
  check_known(outcome.slots[1], outcome.output);
  CHECK(outcome.tree_live_after == 0);
}

TEST_CASE("a cleaned environment keeps nobody from counting") {
  for (const char* way : {"clean", "clean-vfork", "many-variables", "list"}) {
    INFO(way);
    const Outcome outcome = run_subject({way, kSubject, "work"});
    CHECK(outcome.status == 0);
    REQUIRE(outcome.slots.size() == 2);
    // Before it the parent of vfork prints nothing: its line comes last.
    check_known(outcome.slots[1], outcome.output);
  }
  const Outcome outcome = run({"env", "-i", "sh", "-c", kSubject + " touch"});
  check_known(named(outcome, fs::path(kSubject).filename().string().substr(0, 15)), outcome.output);
}

TEST_CASE("programs of others are counted") {
  SECTION("sh and what it starts") {
    const Outcome outcome = run({"sh", "-c", "ls / | cat; true"});
    CHECK(outcome.status == 0);
    CHECK(named(outcome, "ls").allocations > 0);
    named(outcome, "cat");
  }
  SECTION("a program that allocates nothing has a slot") {
    CHECK(run({"true"}).only().allocations == 0);
  }
  SECTION("python3") {
    const fs::path python = "/usr/bin/python3";
    if (!fs::exists(python)) return skip("there is no /usr/bin/python3");
    const Outcome outcome = run({python.string(), "-c", "b = bytearray(50 << 20)"});
    CHECK(outcome.status == 0);
    CHECK(outcome.only().largest_bytes == (50 << 20) + 1);
    CHECK(outcome.only().peak_bytes > 50 << 20);
    CHECK(outcome.only().peak_bytes < 54 << 20);
  }
  SECTION("a compiler and its children") {
    if (!fs::exists("/usr/bin/gcc")) return skip("there is no gcc");
    const test::TemporaryFolder folder;
    const Outcome outcome =
        run({"/usr/bin/gcc", "-xc", "-c", "/dev/null", "-o", (folder / "nothing.o").string()});
    CHECK(outcome.status == 0);
    CHECK(named(outcome, "cc1").peak_bytes > 100'000);
    CHECK(named(outcome, "as").peak_bytes > 10'000);
  }
}

TEST_CASE("mappings count by kind, reservations when they are opened") {
  constexpr std::uint64_t kMiB = 1 << 20;
  const HeapSlot slot = run_subject({"maps"}).only();
  CHECK(slot.mmap_anon_bytes == 3 * kMiB + 2 * kMiB);
  CHECK(slot.mmap_anon_peak_bytes == 3 * kMiB + 3 * kMiB);
  CHECK(slot.mmap_shared_bytes == 12 * kMiB);
  CHECK(slot.mmap_file_bytes == 8192);
}

TEST_CASE("the resident set is read before large releases") {
  const HeapSlot slot = run_subject({"spike"}).only();
  CHECK(slot.release_readings >= 2);
  CHECK(slot.rss_anon_peak_bytes >= 8 << 20);
  CHECK(slot.rss_shmem_peak_bytes >= 3 << 20);
  CHECK(slot.rss_shmem_peak_bytes < (3 << 20) + (64 << 10));
}

std::uint64_t rss_anon_kib(const std::string& status) {
  const auto at = status.find("RssAnon:");
  REQUIRE(at != std::string::npos);
  return std::stoull(status.substr(at + 8));
}

TEST_CASE("the shim itself needs little memory") {
  std::FILE* const plain = popen("cat /proc/self/status", "r");
  REQUIRE(plain != nullptr);
  const std::uint64_t without = rss_anon_kib(read_all(fileno(plain)));
  pclose(plain);
  const std::uint64_t with = rss_anon_kib(run({"cat", "/proc/self/status"}).output);
  // About 24 KiB; its table of mappings alone would be 1.5 MiB if it were touched.
  CHECK(with < without + 128);
}

TEST_CASE("allocations that fail are counted") {
  const Outcome outcome = run_subject({"fail"});
  CHECK(outcome.status == 0);
  CHECK(outcome.only().failed_allocations == 1);
  CHECK(outcome.only().allocations == 0);
}

TEST_CASE("programs that bring another allocator") {
  const std::pair<const char*, const char*> kLinked[] = {
      {"jemalloc", SPLITSCOPE_HEAP_SUBJECT_JEMALLOC},
      {"tcmalloc", SPLITSCOPE_HEAP_SUBJECT_TCMALLOC}};
  for (const auto& [name, program] : kLinked) {
    INFO(name);
    if (*program == '\0') {
      skip((std::string(name) + " is not installed").c_str());
      continue;
    }
    const Outcome outcome = run({program, "work"});
    CHECK(outcome.status == 0);
    std::istringstream words(outcome.output);
    std::uint64_t live = 0, peak = 0, allocations = 0;
    words >> live >> peak >> allocations;
    // Their libraries allocate a little for themselves before main.
    CHECK(outcome.only().allocations >= allocations);
    CHECK(outcome.only().allocations < allocations + 20);
    CHECK(outcome.only().peak_bytes >= peak);
    CHECK(outcome.only().peak_bytes < peak + (128 << 10));
  }
}

std::string why(const ObservedProcess& process, const HeapSlot* slot) {
  return heap_absent_because(process, slot).value_or("");
}

TEST_CASE("why there are no figures") {
  ObservedProcess process;
  SECTION("static program") {
    const Outcome outcome = run({SPLITSCOPE_HEAP_SUBJECT_STATIC, "touch"});
    CHECK(outcome.status == 0);
    CHECK(outcome.slots.empty());
    process.executable = executable_facts(SPLITSCOPE_HEAP_SUBJECT_STATIC, getuid(), getgid());
    CHECK(why(process, nullptr).find("statically linked") != std::string::npos);
  }
  SECTION("an allocator of the program's own") {
    const Outcome outcome = run({SPLITSCOPE_HEAP_SUBJECT_OWN, "touch"});
    CHECK(outcome.only().allocations == 0);
    process.executable = executable_facts(SPLITSCOPE_HEAP_SUBJECT_OWN, getuid(), getgid());
    process.rss_anon_bytes = 40 << 20;
    CHECK(why(process, &outcome.only()).find("allocator of its own") != std::string::npos);
  }
  SECTION("nothing missing") {
    const Outcome outcome = run_subject({"touch"});
    process.executable = executable_facts(kSubject, getuid(), getgid());
    process.rss_anon_bytes = 40 << 20;
    CHECK(why(process, &outcome.only()).empty());
  }
  SECTION("no heap and none needed") {
    const Outcome outcome = run({"true"});
    CHECK(why(process, &outcome.only()).empty());
  }
  SECTION("set-user-id") {
    if (getuid() != 0) return skip("only root can make a set-user-id program of another user");
    const test::TemporaryFolder folder;
    const fs::path program = folder / "set-id";
    fs::copy_file(kSubject, program);
    REQUIRE(chown(program.c_str(), 65534, 65534) == 0);
    REQUIRE(chmod(program.c_str(), 04755) == 0);
    process.executable = executable_facts(program, getuid(), getgid());
    CHECK(process.executable.set_id);
    CHECK(why(process, nullptr).find("set-user-id") != std::string::npos);
    REQUIRE(chmod(folder.path().c_str(), 0755) == 0);
    CHECK(run({program.string(), "touch"}).slots.empty());
  }
  SECTION("too many processes") {
    process.executable = executable_facts(kSubject, getuid(), getgid());
    process.slots_unclaimed = 1;
    CHECK(why(process, nullptr).find("slots") != std::string::npos);
  }
  SECTION("forked and idle") {
    process.executed = false;
    CHECK(why(process, nullptr).find("since it was forked") != std::string::npos);
  }
  SECTION("a file that is gone") {
    process.executable = executable_facts("/nonexistent/program", getuid(), getgid());
    CHECK_FALSE(process.executable.readable);
    CHECK(why(process, nullptr).find("cannot be read") != std::string::npos);
  }
}

TEST_CASE("processes beyond the last slot run on and are told") {
  const test::TemporaryFolder folder;
  const HeapSlots slots = HeapSlots::create(folder.path());
  auto environment = with_heap_shim({}, SPLITSCOPE_HEAP_LIBRARY, slots.path());
  const int fd = open(slots.path().c_str(), O_RDWR | O_CLOEXEC);
  const std::uint32_t all = kHeapSlots;
  REQUIRE(pwrite(fd, &all, sizeof all, offsetof(HeapSlotsHeader, slots_given)) == sizeof all);
  close(fd);
  std::vector<std::string> arguments = {kSubject, "threads", "4"};
  pid_t pid = -1;
  int status = -1;
  REQUIRE(posix_spawn(&pid, kSubject.c_str(), nullptr, nullptr, pointers(arguments).data(),
                      pointers(environment).data()) == 0);
  waitpid(pid, &status, 0);
  CHECK(status == 0);
  CHECK(slots.unclaimed() == 1);
}

TEST_CASE("a file that is no slot file stays as it is, and the program runs") {
  const test::TemporaryFolder folder;
  const std::string text(100'000, 'x');
  const auto file = folder.file("mine", std::as_bytes(std::span(text)));
  const Outcome outcome =
      run({"env", "SPLITSCOPE_HEAP_SLOTS=" + file.string(), "LD_PRELOAD=", kSubject, "work"});
  CHECK(outcome.status == 0);
  const auto after = test::read_file(file);
  CHECK(std::equal(after.begin(), after.end(), std::as_bytes(std::span(text)).begin()));
}

TEST_CASE("the file is for every user and goes away") {
  const test::TemporaryFolder folder;
  fs::path path;
  {
    HeapSlots slots = HeapSlots::create(folder.path());
    path = slots.path();
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0666);
    const HeapSlots moved = std::move(slots);
    CHECK(moved.read().empty());
  }
  CHECK(folder.names().empty());
  CHECK_THROWS_AS(HeapSlots::create(folder / "missing"), std::system_error);
}

TEST_CASE("the environment that is handed on") {
  using shim::HandedOn;
  const HandedOn ours{"/lib/shim.so", "/tmp/slots", "7"};
  const auto rebuilt = [&](std::vector<std::string> environment, const HandedOn& handed_on) {
    auto entries = pointers(environment);
    std::vector<char*> memory(shim::put_back_bytes(entries.data(), handed_on) / sizeof(char*) + 1);
    std::vector<std::string> result;
    for (char* const* entry = shim::put_back(entries.data(), handed_on, memory.data());
         *entry != nullptr; ++entry) {
      result.emplace_back(*entry);
    }
    return result;
  };
  using Texts = std::vector<std::string>;
  CHECK(rebuilt({}, ours) == Texts{"LD_PRELOAD=/lib/shim.so", "SPLITSCOPE_HEAP_SLOTS=/tmp/slots",
                                   "SPLITSCOPE_PHASES_FD=7"});
  CHECK(rebuilt({"LD_PRELOAD=a.so b.so:/lib/shim.so", "B=2", "SPLITSCOPE_PHASES_FD=9"}, ours) ==
        Texts{"B=2", "SPLITSCOPE_PHASES_FD=9", "LD_PRELOAD=/lib/shim.so:a.so:b.so",
              "SPLITSCOPE_HEAP_SLOTS=/tmp/slots"});
  const auto carried = [&](Texts environment) {
    return shim::carries(pointers(environment).data(), ours);
  };
  const Texts whole = {"LD_PRELOAD=/lib/shim.so:a.so", "SPLITSCOPE_HEAP_SLOTS=/tmp/slots",
                       "SPLITSCOPE_PHASES_FD=7"};
  CHECK(carried(whole));
  CHECK_FALSE(carried({whole[0], whole[1]}));
  CHECK_FALSE(carried({"LD_PRELOAD=a.so:/lib/shim.so", whole[1], whole[2]}));
  CHECK_FALSE(carried({"LD_PRELOAD=/lib/shim.so.2", whole[1], whole[2]}));
  CHECK_FALSE(shim::carries(nullptr, ours));
}

TEST_CASE("the names of variables are those of the documents") {
  CHECK(std::string(kHeapSlotsVariable) == environment::kHeapSlots);
  CHECK(std::string(kPhasesFdVariable) == environment::kPhasesFd);
}

}  // namespace
}  // namespace splitscope::record
