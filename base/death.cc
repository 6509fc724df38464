#include "base/death.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <exception>
#include <new>

#include "base/bus_error.h"
#include "base/doing.h"
#include "base/folder_entries.h"
#include "base/last_words.h"
#include "base/staging_registry.h"

namespace splitscope {
namespace {

// USR1 has no meaning here, and XCPU comes from a limit; both would end the process without a word.
constexpr std::array kEnding{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGXCPU};
constexpr std::array kFaults{SIGSEGV, SIGFPE, SIGILL, SIGABRT};
// Nothing else in the program has a use for it.
constexpr int kFreeze = SIGUSR2;
constexpr std::int64_t kSameRequestMs = 300;
// How long a group that was asked to end is waited for.
constexpr int kGraceSteps = 20;
constexpr timespec kGraceStep{0, 50'000'000};

std::array<struct sigaction, NSIG> g_found;
sigset_t g_found_mask;
std::atomic<bool> g_installed{false};
std::atomic<int> g_orderly{0};
std::atomic<unsigned> g_limit_s{0};
std::atomic<int> g_signal{0};
std::atomic<std::int64_t> g_asked_ms{0};
std::atomic<bool> g_ending{false};
std::array<std::atomic<pid_t>, 64> g_groups;

const char* name_of(int signal) noexcept {
  const char* const name = ::sigabbrev_np(signal);
  return name == nullptr ? "signal" : name;
}

bool any_group_left() noexcept {
  bool left = false;
  for (auto& entry : g_groups) {
    const pid_t group = entry.load();
    if (group <= 0) continue;
    // Reaped here, since nobody waits for it any more.
    while (::waitpid(-group, nullptr, WNOHANG) > 0) {
    }
    left = left || ::kill(-group, 0) == 0;
  }
  return left;
}

void end_groups() noexcept {
  const auto send = [](int signal) {
    for (auto& entry : g_groups) {
      const pid_t group = entry.load();
      if (group > 0) ::kill(-group, signal);
    }
  };
  send(SIGTERM);
  send(SIGCONT);
  for (int step = 0; step < kGraceSteps && any_group_left(); ++step) {
    ::nanosleep(&kGraceStep, nullptr);
  }
  send(SIGKILL);
}

std::atomic<int> g_frozen{0};

extern "C" void splitscope_freeze(int /*signal*/) {
  g_frozen.fetch_add(1);
  for (;;) ::pause();
}

// Threads that go on making files would be quicker than their removal.
void freeze_other_threads() noexcept {
  constexpr int kSteps = 100;
  constexpr timespec kStep{0, 2'000'000};
  struct sigaction action {};
  action.sa_handler = splitscope_freeze;
  sigfillset(&action.sa_mask);
  ::sigaction(kFreeze, &action, nullptr);
  const int tasks = ::open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (tasks < 0) return;
  const pid_t process = ::getpid();
  const long self = ::syscall(SYS_gettid);
  int asked = 0;
  (void)for_each_entry(tasks, [&](const char* name) {
    long thread = 0;
    for (const char* digit = name; *digit != '\0'; ++digit) thread = thread * 10 + (*digit - '0');
    if (thread != self && ::syscall(SYS_tgkill, process, thread, kFreeze) == 0) ++asked;
    return true;
  });
  ::close(tasks);
  for (int step = 0; step < kSteps && g_frozen.load() < asked; ++step) {
    ::nanosleep(&kStep, nullptr);
  }
}

// What every way out has in common. Only calls that a signal handler may make.
void clean_up() noexcept {
  freeze_other_threads();
  end_groups();
  remove_entered_stagings();
}

[[noreturn]] void end_by(int signal) noexcept {
  if (!g_ending.exchange(true)) clean_up();
  if (signal != SIGPIPE) {
    last_words(
        {"ended by SIG", name_of(signal), " while ", doing(), "; what was unfinished is removed"});
  }
  ::_exit(exit_code_of_signal(signal));
}

// A socket whose peer is gone is an error of its write; only our own output is the end.
bool is_output_closed() noexcept {
  std::array<pollfd, 2> watched{pollfd{STDOUT_FILENO, 0, 0}, pollfd{STDERR_FILENO, 0, 0}};
  if (::poll(watched.data(), watched.size(), 0) <= 0) return false;
  return ((watched[0].revents | watched[1].revents) & POLLERR) != 0;
}

extern "C" void splitscope_on_ending(int signal, siginfo_t* /*info*/, void* /*context*/) {
  const int error = errno;
  if (signal == SIGPIPE && !is_output_closed()) return;
  // The main thread must not go on making files meanwhile.
  const auto main_thread = ::getpid();
  if (::syscall(SYS_gettid) != main_thread) {
    ::syscall(SYS_tgkill, main_thread, main_thread, signal);
    errno = error;
    return;
  }
  int none = 0;
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t now_ms = std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
  if (g_orderly.load() > 0 && g_signal.compare_exchange_strong(none, signal)) {
    g_asked_ms.store(now_ms);
    ::alarm(g_limit_s.load());
    errno = error;
    return;
  }
  // timeout(1) and others send one request twice, to the process and to its group.
  if (g_signal.load() == signal && now_ms - g_asked_ms.load() < kSameRequestMs) {
    errno = error;
    return;
  }
  end_by(signal);
}

extern "C" void splitscope_on_alarm(int /*signal*/) {
  const int signal = g_signal.load();
  end_by(signal != 0 ? signal : SIGALRM);
}

extern "C" void splitscope_on_bus(int signal, siginfo_t* info, void* /*context*/) {
  std::array<char, 4608> text{};  // PATH_MAX and the rest of the line
  if (!g_ending.exchange(true)) clean_up();
  if (describe_bus_error(*info, text)) {
    last_words({text.data(), "; it was changed while ", doing()});
    ::_exit(1);
  }
  last_words({"died of SIG", name_of(signal), " while ", doing()});
  std::raise(signal);
}

extern "C" void splitscope_on_fault(int signal, siginfo_t* /*info*/, void* /*context*/) {
  if (!g_ending.exchange(true)) clean_up();
  last_words({"died of SIG", name_of(signal), " while ", doing(),
              "; this is a fault of splitscope, please report it"});
  // SA_RESETHAND has put the default action back; it takes effect when this handler returns.
  std::raise(signal);
}

[[noreturn]] void on_terminate() noexcept {
  if (!g_ending.exchange(true)) clean_up();
  try {
    if (const auto error = std::current_exception()) std::rethrow_exception(error);
    last_words({"ended without an error while ", doing()});
  } catch (const std::bad_alloc&) {
    last_words({"out of memory while ", doing()});
  } catch (const std::exception& error) {
    last_words({error.what(), " (while ", doing(), ")"});
  } catch (const Interrupted& interrupted) {
    end_by(interrupted.signal);
  } catch (...) {
    last_words({"an error of an unknown kind while ", doing()});
  }
  ::_exit(1);
}

void handle(int signal, void (*handler)(int, siginfo_t*, void*), int flags) noexcept {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

// A deep recursion has no stack left for its own handler.
void use_alternate_stack() noexcept {
  static std::array<char, 65536> memory;
  stack_t stack{};
  stack.ss_sp = memory.data();
  stack.ss_size = memory.size();
  ::sigaltstack(&stack, nullptr);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Sanitizers have handlers of their own for faults, which say more.
constexpr bool kHandleFaults = false;
#else
constexpr bool kHandleFaults = true;
#endif

}  // namespace

void install_terminate_handler() noexcept { std::set_terminate(on_terminate); }

void install_death_handlers() {
  install_terminate_handler();
  ::sigprocmask(SIG_SETMASK, nullptr, &g_found_mask);
  for (int signal = 1; signal < NSIG; ++signal) {
    ::sigaction(signal, nullptr, &g_found[static_cast<std::size_t>(signal)]);
  }
  g_installed.store(true);
  sigset_t ours;
  sigemptyset(&ours);
  for (const int signal : kEnding) {
    sigaddset(&ours, signal);
    // Whoever started us with nohup meant it.
    if (g_found[static_cast<std::size_t>(signal)].sa_handler == SIG_IGN) continue;
    handle(signal, splitscope_on_ending, 0);
  }
  ::sigprocmask(SIG_UNBLOCK, &ours, nullptr);
  struct sigaction alarm_action {};
  alarm_action.sa_handler = splitscope_on_alarm;
  sigemptyset(&alarm_action.sa_mask);
  ::sigaction(SIGALRM, &alarm_action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);
  if (!kHandleFaults) return;
  use_alternate_stack();
  handle(SIGBUS, splitscope_on_bus, static_cast<int>(SA_RESETHAND) | SA_ONSTACK);
  for (const int signal : kFaults) {
    handle(signal, splitscope_on_fault, static_cast<int>(SA_RESETHAND) | SA_ONSTACK);
  }
}

void end_out_of_memory() noexcept {
  if (!g_ending.exchange(true)) clean_up();
  if (!last_words_said()) last_words({"out of memory while ", doing()});
  ::_exit(1);
}

void restore_signals() noexcept {
  if (!g_installed.load()) return;
  for (int signal = 1; signal < NSIG; ++signal) {
    ::sigaction(signal, &g_found[static_cast<std::size_t>(signal)], nullptr);
  }
  ::sigprocmask(SIG_SETMASK, &g_found_mask, nullptr);
}

OrderlyEnd::OrderlyEnd(unsigned limit_s) noexcept {
  g_limit_s.store(limit_s);
  g_orderly.fetch_add(1);
}

OrderlyEnd::~OrderlyEnd() { g_orderly.fetch_sub(1); }

int death_signal() noexcept { return g_signal.load(std::memory_order_relaxed); }

void throw_if_dying() {
  if (const int signal = death_signal(); signal != 0) throw Interrupted{signal};
}

WatchedGroup::WatchedGroup(pid_t group) noexcept : slot_(g_groups.size()) {
  for (std::size_t slot = 0; slot < g_groups.size(); ++slot) {
    pid_t none = 0;
    if (!g_groups[slot].compare_exchange_strong(none, group)) continue;
    slot_ = slot;
    return;
  }
}

WatchedGroup::~WatchedGroup() {
  if (slot_ < g_groups.size()) g_groups[slot_].store(0);
}

}  // namespace splitscope
