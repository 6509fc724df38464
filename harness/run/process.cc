#include "harness/run/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

namespace splitscope::run {
namespace {

using Clock = std::chrono::steady_clock;

// Enough for the message of a failed assertion and its surroundings.
constexpr std::size_t kTailBytes = 8192;
constexpr std::chrono::seconds kGrace{1};
// personality(2): asks for the persona in force and changes nothing.
constexpr unsigned long kQueryPersona = 0xffffffff;

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

// The persona is inherited by the child and takes effect at its exec.
class FixedAddresses {
 public:
  explicit FixedAddresses(bool wanted) {
    if (!wanted) return;
    before_ = personality(kQueryPersona);
    if (before_ != -1) personality(static_cast<unsigned long>(before_) | ADDR_NO_RANDOMIZE);
  }
  FixedAddresses(const FixedAddresses&) = delete;
  FixedAddresses& operator=(const FixedAddresses&) = delete;
  ~FixedAddresses() {
    if (before_ != -1) personality(static_cast<unsigned long>(before_));
  }

 private:
  int before_ = -1;
};

volatile std::sig_atomic_t interrupted = 0;

void note_interrupt(int /*signal*/) { interrupted = 1; }

struct SpawnAttributes {
  SpawnAttributes() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

std::chrono::microseconds to_duration(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

void handle_interrupts() {
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

Process::Process(const Command& command) {
  std::array<int, 2> pipe_fds{-1, -1};
  SpawnAttributes spawn;
  posix_spawn_file_actions_addopen(&spawn.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (command.capture) {
    if (pipe2(pipe_fds.data(), O_CLOEXEC) != 0) fail(errno, "pipe");
    posix_spawn_file_actions_adddup2(&spawn.actions, pipe_fds[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&spawn.actions, pipe_fds[1], STDERR_FILENO);
  }
  if (command.descriptor) {
    posix_spawn_file_actions_adddup2(&spawn.actions, command.descriptor->first,
                                     command.descriptor->second);
  }
  if (!command.folder.empty()) {
    posix_spawn_file_actions_addchdir_np(&spawn.actions, command.folder.c_str());
  }
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&spawn.attributes, &none);
  posix_spawnattr_setsigdefault(&spawn.attributes, &all);
  posix_spawnattr_setpgroup(&spawn.attributes, 0);
  posix_spawnattr_setflags(
      &spawn.attributes,
      static_cast<short>(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));

  const std::vector<char*> arguments = pointers(command.arguments);
  const std::vector<char*> environment = pointers(command.environment);
  int error = 0;
  {
    const FixedAddresses fixed(command.fixed_addresses);
    error = posix_spawnp(&pid_, command.executable.c_str(), &spawn.actions, &spawn.attributes,
                         arguments.data(), environment.data());
  }
  if (command.capture) close(pipe_fds[1]);
  if (error != 0) {
    pid_ = -1;
    if (command.capture) close(pipe_fds[0]);
    fail(error, "cannot start " + command.executable);
  }
  output_fd_ = pipe_fds[0];
  if (output_fd_ >= 0) fcntl(output_fd_, F_SETFL, O_NONBLOCK);
  pid_fd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (pid_fd_ < 0) {
    const int pidfd_error = errno;
    kill_and_wait();
    if (output_fd_ >= 0) close(output_fd_);
    fail(pidfd_error, "pidfd_open (Linux 5.3 or newer is needed)");
  }
}

Process::~Process() {
  kill_and_wait();
  if (pid_fd_ >= 0) close(pid_fd_);
  if (output_fd_ >= 0) close(output_fd_);
}

void Process::kill_and_wait() noexcept {
  if (pid_ <= 0) return;
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

void Process::drain(std::string& tail) {
  if (output_fd_ < 0) return;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(output_fd_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return;  // nothing there yet
    if (got == 0) {
      close(output_fd_);
      output_fd_ = -1;
      return;
    }
    tail.append(buffer.data(), static_cast<std::size_t>(got));
    if (tail.size() > 2 * kTailBytes) tail.erase(0, tail.size() - kTailBytes);
  }
}

void Process::reap(Exit& exit) {
  // Whatever the child left behind in its group goes with it; the zombie still holds the group's
  // id.
  kill(-pid_, SIGKILL);
  int status = 0;
  rusage usage{};
  while (wait4(pid_, &status, 0, &usage) < 0) {
    if (errno != EINTR) fail(errno, "wait4");
  }
  pid_ = -1;
  if (WIFEXITED(status)) exit.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) exit.signal = WTERMSIG(status);
  exit.user = to_duration(usage.ru_utime);
  exit.system = to_duration(usage.ru_stime);
  exit.minor_faults = static_cast<std::uint64_t>(usage.ru_minflt);
  exit.major_faults = static_cast<std::uint64_t>(usage.ru_majflt);
  exit.voluntary_switches = static_cast<std::uint64_t>(usage.ru_nvcsw);
  exit.involuntary_switches = static_cast<std::uint64_t>(usage.ru_nivcsw);
  exit.max_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

Exit Process::wait(Clock::time_point deadline, std::chrono::microseconds interval,
                   const std::function<void(pid_t)>& tick) {
  Exit exit;
  auto next_tick = Clock::now() + interval;
  Clock::time_point limit = deadline;
  for (;;) {
    if (interrupted != 0) {
      kill_and_wait();
      throw Interrupted{};
    }
    const auto now = Clock::now();
    if (now >= limit) {
      kill(-pid_, exit.timed_out ? SIGKILL : SIGTERM);
      exit.timed_out = true;
      limit = now + kGrace;
    }
    if (tick && now >= next_tick) {
      tick(pid_);
      // A tick that came late is not made up for.
      next_tick = std::max(next_tick + interval, now);
    }
    const auto until = tick ? std::min(limit, next_tick) : limit;
    const auto left = std::max(until - Clock::now(), Clock::duration(0));
    const timespec timeout{
        static_cast<time_t>(std::chrono::duration_cast<std::chrono::seconds>(left).count()),
        static_cast<long>((left % std::chrono::seconds(1)).count())};
    std::array<pollfd, 2> watched{pollfd{pid_fd_, POLLIN, 0}, pollfd{output_fd_, POLLIN, 0}};
    const int ready = ppoll(watched.data(), watched.size(), &timeout, nullptr);
    if (ready < 0 && errno != EINTR) fail(errno, "ppoll");
    if (ready <= 0) continue;
    if (watched[1].revents != 0) drain(exit.output_tail);
    if (watched[0].revents != 0) {
      drain(exit.output_tail);
      reap(exit);
      break;
    }
  }
  if (exit.output_tail.size() > kTailBytes) {
    exit.output_tail.erase(0, exit.output_tail.size() - kTailBytes);
  }
  return exit;
}

std::string Process::read_line(Clock::time_point deadline) {
  std::string line;
  while (output_fd_ >= 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return {};
    pollfd watched{output_fd_, POLLIN, 0};
    if (poll(&watched, 1, static_cast<int>(left)) <= 0) {
      if (interrupted != 0) throw Interrupted{};
      continue;
    }
    char c = 0;
    const ssize_t got = ::read(output_fd_, &c, 1);
    if (got == 0) return {};
    if (got < 0) continue;
    if (c == '\n') return line;
    line += c;
  }
  return {};
}

bool fixed_addresses_supported() {
  const int before = personality(kQueryPersona);
  if (before == -1) return false;
  const bool supported = personality(static_cast<unsigned long>(before) | ADDR_NO_RANDOMIZE) != -1;
  personality(static_cast<unsigned long>(before));
  return supported;
}

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

}  // namespace splitscope::run
