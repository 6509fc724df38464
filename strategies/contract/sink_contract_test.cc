// What every ByteSink must do, over the whole catalog.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "base/errors.h"
#include "strategies/contract/contract_subjects.h"
#include "strategies/io/streaming_sink.h"
#include "tests/catch.h"

namespace splitscope::strategies {
namespace {

using test::TemporaryFolder;
using Names = std::vector<std::string>;

TEST_CASE("writes and copies from any source arrive in order", "[contract]") {
  const std::string spec = GENERATE(from_range(test::file_subjects()));
  INFO(spec);
  const TemporaryFolder dir;
  const auto content = test::random_bytes(700'000, 1);
  const auto path = dir.file("in", content);
  AccessCounters counters;
  AccessCounters source_counters;
  const auto strategy = test::make_subject(spec, counters);
  const auto out = dir.path() / "out";
  for (const std::string& from : test::all_subjects()) {
    INFO(from);
    const auto reader = test::make_subject(from, source_counters);
    const auto source = reader->open(path);
    counters.bytes_written = 0;
    std::vector<std::byte> expected;
    const auto sink = strategy->create(out);
    std::mt19937 random(2);
    const auto add = [&](std::size_t offset, std::size_t length, bool copy) {
      const auto part = std::span<const std::byte>(content).subspan(offset, length);
      expected.insert(expected.end(), part.begin(), part.end());
      if (copy) {
        sink->copy_from(*source, offset, length);
      } else {
        sink->write(part);
      }
    };
    for (int round = 0; round < 60; ++round) {
      const std::size_t limit = round % 3 == 0 ? 100 : round % 3 == 1 ? 10'000 : 200'000;
      add(random() % 400'000, random() % limit, random() % 2 == 0);
    }
    // At the sizes of the buffers, one less and one more.
    for (const std::size_t size : {64U, 1000U, 2000U, 65536U, 131072U, 262144U}) {
      for (const std::size_t length : {size - 1, size, size + 1}) {
        add(7, length, true);
        add(7, length, false);
      }
    }
    sink->finish();
    REQUIRE(test::same(test::read_file(out), expected));
    CHECK(counters.bytes_written == expected.size());
  }
}

TEST_CASE("a file without bytes can be made", "[contract]") {
  const std::string spec = GENERATE(from_range(test::file_subjects()));
  INFO(spec);
  const TemporaryFolder dir;
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  const auto source = strategy->open(dir.file("in", test::random_bytes(10, 3)));
  const auto sink = strategy->create(dir.path() / "out");
  sink->write({});
  sink->copy_from(*source, 10, 0);
  CHECK_THROWS_AS(sink->copy_from(*source, 5, 100'000), RangeError);
  sink->finish();
  CHECK(std::filesystem::file_size(dir.path() / "out") == 0);
}

TEST_CASE("a sink that is not finished leaves nothing, also not of an old file", "[contract]") {
  const std::string spec = GENERATE(from_range(test::file_subjects()));
  INFO(spec);
  const TemporaryFolder dir;
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  const auto content = test::random_bytes(400'000, 4);
  {
    const auto sink = strategy->create(dir.path() / "out");
    sink->write(content);
    CHECK_FALSE(std::filesystem::exists(dir.path() / "out"));
    CHECK(dir.names().size() == 1);
  }
  CHECK(dir.names().empty());

  const auto old_content = test::random_bytes(10, 5);
  const auto out = dir.file("out", old_content);
  const auto old_file = strategy->open(out);
  { strategy->create(out)->write(content); }
  CHECK(test::same(test::read_file(out), old_content));

  const auto sink = strategy->create(out);
  sink->write(content);
  CHECK(test::same(test::read_file(out), old_content));
  sink->finish();
  CHECK(test::same(test::read_file(out), content));
  CHECK(dir.names() == Names{"out"});
  // Whoever had the old file open goes on reading it.
  CHECK(test::same(old_file->read(0, 10).span(), old_content));
}

TEST_CASE("two sinks for one name do not disturb each other", "[contract]") {
  const std::string spec = GENERATE(from_range(test::file_subjects()));
  INFO(spec);
  const TemporaryFolder dir;
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  // As long as a name can be: the temporary one must not be longer.
  const auto out = dir.path() / std::string(255, 'n');
  const auto first = strategy->create(out);
  const auto second = strategy->create(out);
  first->write(test::random_bytes(300'000, 6));
  second->write(test::random_bytes(200'000, 7));
  second->finish();
  CHECK(test::same(test::read_file(out), test::random_bytes(200'000, 7)));
  first->finish();
  CHECK(test::same(test::read_file(out), test::random_bytes(300'000, 6)));
  CHECK(dir.names().size() == 1);
}

TEST_CASE("a file that cannot be made is named", "[contract]") {
  const std::string spec = GENERATE(from_range(test::file_subjects()));
  INFO(spec);
  const TemporaryFolder dir;
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  const auto missing = dir.path() / "folder" / "out";
  CHECK_THROWS_WITH(strategy->create(missing),
                    test::contains("create " + missing.native() + ": No such file or directory"));
  CHECK_THROWS_WITH(strategy->create(dir.path()), test::contains("Is a directory"));
  CHECK_THROWS_WITH(strategy->create(""), test::contains("Is a directory"));
  // As root the rename would succeed and take the device away.
  const auto pipe = dir.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(strategy->create(pipe), test::contains("not a regular file"));
  CHECK(dir.names() == Names{"pipe"});
}

TEST_CASE("a source that fails midway fails the copy and leaves no file", "[contract]") {
  const std::string spec = GENERATE(from_range(test::file_subjects()));
  if (!test::reads_when_asked(spec)) return;
  INFO(spec);
  const TemporaryFolder dir;
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  const auto path = dir.file("in", test::random_bytes(500'000, 8));
  const auto source = strategy->open(path);
  std::filesystem::resize_file(path, 200'000);
  {
    const auto sink = strategy->create(dir.path() / "out");
    CHECK_THROWS_AS(sink->copy_from(*source, 0, 500'000), TruncatedFile);
  }
  CHECK(dir.names() == Names{"in"});
}

TEST_CASE("a file size limit is reported", "[contract]") {
  const std::string spec = GENERATE(from_range(test::file_subjects()));
  INFO(spec);
  const TemporaryFolder dir;
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  const auto content = test::random_bytes(3'000'000, 9);
  const auto source = strategy->open(dir.file("in", content));

  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limited = before;
  limited.rlim_cur = 1'000'000;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limited) == 0);
  std::string by_write = "(no error)";
  std::string by_copy = "(no error)";
  try {
    const auto sink = strategy->create(dir.path() / "out");
    sink->write(content);
    sink->finish();
  } catch (const std::system_error& problem) {
    by_write = problem.what();
  }
  try {
    const auto sink = strategy->create(dir.path() / "out");
    sink->copy_from(*source, 0, content.size());
    sink->finish();
  } catch (const std::system_error& problem) {
    by_copy = problem.what();
  }
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  const std::string problem = (dir.path() / "out").native() + ": File too large; raise the file";
  CHECK_THAT(by_write, test::contains("write " + problem));
  CHECK_THAT(by_copy, test::contains(problem));
  CHECK(dir.names() == Names{"in"});
}

// In a mount namespace of its own, so that nothing stays mounted whatever happens.
int fill_small_disk(const std::string& spec, const std::filesystem::path& folder) {
  constexpr int kSkipped = 77;
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=256k") != 0) {
    return kSkipped;
  }
  AccessCounters counters;
  const auto strategy = test::make_subject(spec, counters);
  const auto out = folder / "out";
  const std::string expected =
      "write " + out.native() + ": No space left on device; free space or choose another folder";
  try {
    const auto sink = strategy->create(out);
    sink->write(test::random_bytes(1'000'000, 10));
    sink->finish();
    return 1;
  } catch (const std::system_error& problem) {
    if (problem.what() != expected) return 2;
  }
  return std::filesystem::is_empty(folder) ? 0 : 3;
}

TEST_CASE("a full disk is reported and leaves nothing", "[contract]") {
  const std::string spec = GENERATE(from_range(test::file_subjects()));
  INFO(spec);
  const TemporaryFolder dir;
  static_cast<void>(test::test_plugins());
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int code = 4;
    try {
      code = fill_small_disk(spec, dir.path());
    } catch (...) {
    }
    ::_exit(code);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) {
    std::printf("SKIPPED: full disk (%s), no file system can be mounted here\n", spec.c_str());
    return;
  }
  CHECK(WEXITSTATUS(status) == 0);
}

std::uint64_t g_kernel_copies = 0;
int g_kernel_error = 0;

// A kernel that copies twice and then refuses.
ssize_t refusing_copy(int from, off64_t* from_offset, int to, off64_t* to_offset, size_t length,
                      unsigned flags) {
  if (++g_kernel_copies > 2) {
    errno = g_kernel_error;
    return -1;
  }
  return ::copy_file_range(from, from_offset, to, to_offset, std::min<size_t>(length, 50'000),
                           flags);
}

TEST_CASE("streaming copies in the kernel, and goes on itself where that is refused") {
  const TemporaryFolder dir;
  const auto content = test::random_bytes(400'000, 11);
  AccessCounters counters;
  const auto strategy = make_strategy("streaming", counters);
  const auto source = strategy->open(dir.file("in", content));
  const auto out = dir.path() / "out";

  {
    const auto sink = strategy->create(out);
    sink->write(std::span(content).first(10));
    sink->copy_from(*source, 10, content.size() - 10);
    sink->finish();
    CHECK(test::same(test::read_file(out), content));
  }
  CHECK(counters.bytes_written == content.size());
  // Nothing passed through this process; file systems that cannot copy would make it so.
  if (counters.bytes_copied == 0) CHECK(counters.read_syscalls >= 1);

  for (const int error : {EXDEV, ENOSYS, EINVAL, EOPNOTSUPP, EPERM}) {
    INFO(error);
    g_kernel_copies = 0;
    g_kernel_error = error;
    const auto sink = make_streaming_sink(out, counters, refusing_copy);
    counters.bytes_written = 0;
    sink->copy_from(*source, 0, content.size());
    sink->finish();
    CHECK(g_kernel_copies == 3);
    CHECK(counters.bytes_written == content.size());
    CHECK(test::same(test::read_file(out), content));
  }
  g_kernel_copies = 0;
  g_kernel_error = EIO;
  const auto sink = make_streaming_sink(out, counters, refusing_copy);
  CHECK_THROWS_WITH(sink->copy_from(*source, 0, content.size()),
                    test::contains("in to " + out.native()));
}

}  // namespace
}  // namespace splitscope::strategies
