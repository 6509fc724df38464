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
#include <span>
#include <system_error>

#include "harness/run/process_tree.h"

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

// A signal may come between the look for it and the wait.
constexpr std::chrono::milliseconds kLongestNap{50};

// The processes of this class that live, so that ending one tree spares the others.
std::vector<pid_t>& living() {
  static std::vector<pid_t> pids;
  return pids;
}

std::vector<pid_t>::iterator place_of(pid_t pid) {
  return std::find(living().begin(), living().end(), pid);
}

void check(int error, const std::string& executable) {
  if (error != 0) fail(error, "cannot start " + executable);
}

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

Process::Process(const Command& command) : name_(command.executable) {
  adopt_orphans();
  // Room before there is a process, which must not be lost for want of memory.
  living().reserve(living().size() + 1);
  std::array<int, 2> pipe_fds{-1, -1};
  SpawnAttributes spawn;
  check(posix_spawn_file_actions_addopen(&spawn.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0),
        name_);
  if (!command.folder.empty()) {
    check(posix_spawn_file_actions_addchdir_np(&spawn.actions, command.folder.c_str()), name_);
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
  if (command.capture) {
    if (pipe2(pipe_fds.data(), O_CLOEXEC) != 0) fail(errno, "cannot start " + name_ + ": pipe");
    output_fd_ = pipe_fds[0];
    // A read that waits would outwait every deadline.
    if (fcntl(output_fd_, F_SETFL, O_NONBLOCK) != 0) error = errno;
    for (const int target : {STDOUT_FILENO, STDERR_FILENO}) {
      if (error != 0) break;
      error = posix_spawn_file_actions_adddup2(&spawn.actions, pipe_fds[1], target);
    }
  }
  // After the pipe, whose own number it may take.
  if (error == 0 && command.descriptor) {
    error = posix_spawn_file_actions_adddup2(&spawn.actions, command.descriptor->first,
                                             command.descriptor->second);
  }
  if (error == 0) {
    const FixedAddresses fixed(command.fixed_addresses);
    error = posix_spawnp(&pid_, name_.c_str(), &spawn.actions, &spawn.attributes, arguments.data(),
                         environment.data());
  }
  if (command.capture) close(pipe_fds[1]);
  if (error != 0) {
    pid_ = -1;
    close_all();
    fail(error, "cannot start " + name_);
  }
  living().push_back(pid_);
  watched_.emplace(pid_);
  pid_fd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (pid_fd_ < 0) {
    const int pidfd_error = errno;
    end();
    close_all();
    fail(pidfd_error, pidfd_error == ENOSYS ? "pidfd_open (Linux 5.3 or newer is needed)"
                                            : "cannot watch " + name_ + ": pidfd_open");
  }
}

Process::~Process() {
  end();
  close_all();
}

void Process::close_all() noexcept {
  if (pid_fd_ >= 0) close(pid_fd_);
  if (output_fd_ >= 0) close(output_fd_);
  pid_fd_ = -1;
  output_fd_ = -1;
}

void Process::end() noexcept {
  if (pid_ <= 0) return;
  end_tree();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  watched_.reset();
  if (const auto place = place_of(pid_); place != living().end()) living().erase(place);
  pid_ = -1;
}

void Process::end_tree() noexcept {
  // The others' trees stay; this one's root is left for its waiter. No memory is asked for.
  auto& all = living();
  if (const auto place = place_of(pid_); place != all.end()) std::iter_swap(place, all.end() - 1);
  EndOptions options;
  options.spared = std::span(all).first(all.empty() ? 0 : all.size() - 1);
  options.unreaped = std::span(&pid_, 1);
  options.grace = kGrace;
  // Who is busy writing cannot end while nobody reads.
  std::array<char, 4096> unwanted{};
  options.meanwhile = [&] {
    if (output_fd_ >= 0) (void)!::read(output_fd_, unwanted.data(), unwanted.size());
  };
  (void)end_descendants(options);
  // Where /proc is not ours the group is all that can be reached.
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
}

void Process::drain(std::string& tail) {
  if (output_fd_ < 0) return;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(output_fd_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;  // nothing there yet
    if (got < 0) fail(errno, "cannot read the output of " + name_);
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
  int status = 0;
  rusage usage{};
  // From here on the number may be given to another process.
  watched_.reset();
  while (wait4(pid_, &status, 0, &usage) < 0) {
    if (errno != EINTR) fail(errno, "cannot wait for " + name_);
  }
  if (const auto place = place_of(pid_); place != living().end()) living().erase(place);
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
  if (!may_have_descendants(living())) return;
  EndOptions options;
  options.spared = living();
  options.grace = kGrace;
  options.meanwhile = [&] { drain(exit.output_tail); };
  exit.left_behind = end_descendants(options).ended;
}

Exit Process::wait(Clock::time_point deadline, std::chrono::microseconds interval,
                   const std::function<void(pid_t)>& tick) {
  Exit exit;
  auto next_tick = Clock::now() + interval;
  for (;;) {
    if (death_signal() != 0) {
      end();
      throw_if_dying();
    }
    const auto now = Clock::now();
    if (now >= deadline && !exit.timed_out) {
      exit.timed_out = true;
      end_tree();
    }
    if (tick && now >= next_tick && !exit.timed_out) {
      tick(pid_);
      // A tick that came late is not made up for.
      next_tick = std::max(next_tick + interval, now);
    }
    auto until = now + kLongestNap;
    if (!exit.timed_out) until = std::min(until, tick ? std::min(deadline, next_tick) : deadline);
    const auto left = std::max(until - Clock::now(), Clock::duration(0));
    const timespec timeout{
        static_cast<time_t>(std::chrono::duration_cast<std::chrono::seconds>(left).count()),
        static_cast<long>((left % std::chrono::seconds(1)).count())};
    std::array<pollfd, 2> watched{pollfd{pid_fd_, POLLIN, 0}, pollfd{output_fd_, POLLIN, 0}};
    const int ready = ppoll(watched.data(), watched.size(), &timeout, nullptr);
    if (ready < 0 && errno != EINTR) fail(errno, "cannot watch " + name_ + ": ppoll");
    if (ready <= 0) continue;
    if (watched[1].revents != 0) drain(exit.output_tail);
    if (watched[0].revents != 0) {
      exit.ended = Clock::now();
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

std::string Process::read_line(Clock::time_point deadline, WhenDying when_dying) {
  std::string line;
  while (output_fd_ >= 0) {
    if (when_dying == WhenDying::kThrow) throw_if_dying();
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return {};
    pollfd watched{output_fd_, POLLIN, 0};
    const int ready = poll(&watched, 1, static_cast<int>(std::min(left, kLongestNap).count()));
    if (ready < 0 && errno != EINTR) fail(errno, "cannot watch " + name_ + ": poll");
    if (ready <= 0) continue;
    char c = 0;
    const ssize_t got = ::read(output_fd_, &c, 1);
    if (got == 0) return {};
    if (got < 0 && errno != EINTR && errno != EAGAIN) {
      fail(errno, "cannot read the output of " + name_);
    }
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
