#include "harness/run/process_tree.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string_view>

#include "base/folder_entries.h"
#include "harness/record/proc_file.h"
#include "harness/record/proc_status.h"

namespace splitscope::run {
namespace {

using Clock = std::chrono::steady_clock;

// Some processes are not let go by the kernel, in a read from a dead disk for example.
constexpr std::chrono::seconds kKillLimit{5};
constexpr timespec kNap{0, 5'000'000};
// A line of parents longer than this is a loop of reused numbers.
constexpr int kMaxDepth = 4096;
// Told to end once; those beyond it are told again in each round, which does no harm.
constexpr std::size_t kRemembered = 4096;

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

int open_retrying(const char* path, int flags) noexcept {
  for (;;) {
    const int fd = ::open(path, flags | O_CLOEXEC);
    if (fd >= 0 || errno != EINTR) return fd;
  }
}

bool contains(std::span<const pid_t> pids, pid_t pid) noexcept {
  return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

// Numbers in another namespace's /proc would mean other processes here.
bool proc_is_ours() noexcept {
  std::array<char, 32> text{};
  const ssize_t length = ::readlink("/proc/self", text.data(), text.size() - 1);
  if (length <= 0) return false;
  pid_t pid = 0;
  std::from_chars(text.data(), text.data() + length, pid);
  return pid == ::getpid();
}

// Follows the parents upwards; what hangs below a spared process is none of ours.
Look look_for_descent(pid_t pid, pid_t self, std::span<const pid_t> spared) noexcept {
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    if (pid <= 1 || contains(spared, pid)) return Look::kGone;
    ProcessLine line;
    if (const Look look = read_process_line(pid, line); look != Look::kSeen) return look;
    if (line.parent == self) return Look::kSeen;
    pid = line.parent;
  }
  return Look::kGone;
}

class Ender {
 public:
  Ender(const EndOptions& options, pid_t self) noexcept : options_(options), self_(self) {}

  // Signals whatever is there; returns how much that was, with what could not be looked at.
  std::size_t round(int signal) noexcept {
    std::size_t alive = 0;
    const Descriptor proc(open_retrying("/proc", O_RDONLY | O_DIRECTORY));
    if (proc.get() < 0) return 1;
    const int error = for_each_entry(proc.get(), [&](const char* name) {
      pid_t pid = 0;
      const char* const end = name + std::strlen(name);
      const auto [stop, wrong] = std::from_chars(name, end, pid);
      if (wrong == std::errc{} && stop == end && pid > 1 && visit(pid, signal) != Look::kGone) {
        ++alive;
      }
      return true;
    });
    return error == 0 ? alive : alive + 1;
  }

  [[nodiscard]] std::size_t told() const noexcept { return told_; }

 private:
  Look visit(pid_t pid, int signal) noexcept {
    ProcessLine line;
    if (const Look look = read_process_line(pid, line); look != Look::kSeen) return look;
    if (line.zombie) {
      if (line.parent == self_ && !contains(options_.spared, pid) &&
          !contains(options_.unreaped, pid)) {
        (void)::waitpid(pid, nullptr, WNOHANG);
      }
      return Look::kGone;
    }
    const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    // The descriptor first, then the look: a number that was given to another process in between
    // no longer belongs to the descriptor.
    if (const Look look = look_for_descent(pid, self_, options_.spared); look != Look::kSeen) {
      return look;
    }
    if (const bool told = remember(pid); signal == SIGKILL || !told) {
      send(process.get(), pid, signal);
    }
    if (signal != SIGKILL && line.stopped) send(process.get(), pid, SIGCONT);
    return Look::kSeen;
  }

  // Whether it was told before. Their numbers are not given away while they live.
  bool remember(pid_t pid) noexcept {
    const auto end = remembered_.begin() + static_cast<std::ptrdiff_t>(used_);
    if (std::find(remembered_.begin(), end, pid) != end) return true;
    if (used_ < remembered_.size()) remembered_.at(used_++) = pid;
    ++told_;
    return false;
  }

  static void send(int process, pid_t pid, int signal) noexcept {
    if (process >= 0) {
      (void)::syscall(SYS_pidfd_send_signal, process, signal, nullptr, 0);
    } else {
      (void)::kill(pid, signal);
    }
  }

  const EndOptions& options_;
  pid_t self_;
  std::array<pid_t, kRemembered> remembered_{};
  std::size_t used_ = 0;
  std::size_t told_ = 0;
};

bool only_known_children(std::span<const pid_t> known) noexcept {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/task/%ld/children",
                static_cast<long>(::syscall(SYS_gettid)));
  record::ProcFile file(path.data());
  auto text = file.read_pieces();
  if (!text) return false;
  while (!text->empty()) {
    const auto child = record::take_child(*text);
    if (!child || !contains(known, *child)) return false;
  }
  return true;
}

}  // namespace

void adopt_orphans() noexcept { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

Look read_process_line(pid_t pid, ProcessLine& line) noexcept {
  record::ProcFile file(record::ProcPath(pid, "stat").text);
  if (!file.is_open()) {
    const int error = file.open_error();
    // What may not be looked at belongs to somebody else.
    const bool gone = error == ENOENT || error == ESRCH || error == EACCES || error == EPERM;
    return gone ? Look::kGone : Look::kUnseen;
  }
  const std::string_view text = file.read();
  if (text.empty()) return errno == 0 || errno == ESRCH ? Look::kGone : Look::kUnseen;
  const auto stat = record::parse_stat(text);
  if (!stat) return Look::kUnseen;
  line.parent = stat->parent;
  // The first thread of a process may be dead while others still run.
  line.zombie = (stat->state == 'Z' || stat->state == 'X') && stat->threads <= 1;
  line.stopped = stat->state == 'T';
  return Look::kSeen;
}

bool may_have_descendants(std::span<const pid_t> known) noexcept {
  if (known.empty()) {
    for (;;) {
      const pid_t reaped = ::waitpid(-1, nullptr, WNOHANG);
      if (reaped == 0) return true;
      if (reaped < 0 && errno != EINTR) return errno != ECHILD;
    }
  }
  return !only_known_children(known);
}

EndedTree end_descendants(const EndOptions& options) {
  EndedTree result;
  if (!proc_is_ours()) return result;
  Ender ender(options, ::getpid());
  const auto kill_at = Clock::now() + options.grace;
  const auto give_up_at = kill_at + kKillLimit;
  // One look finds nothing when a process forks behind its back and ends; two in a row do not.
  int quiet = 0;
  for (;;) {
    const bool killing = Clock::now() >= kill_at;
    result.left = ender.round(killing ? SIGKILL : SIGTERM);
    result.ended = ender.told();
    quiet = result.left == 0 ? quiet + 1 : 0;
    if (quiet == (result.ended == 0 ? 1 : 2)) return result;
    if (Clock::now() >= give_up_at) return result;
    if (options.meanwhile) options.meanwhile();
    if (quiet == 0) ::nanosleep(&kNap, nullptr);
  }
}

}  // namespace splitscope::run
