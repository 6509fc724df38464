// Following a tree with ptrace(2): every fork, exec and exit stops the one that does it until it
// has been looked at. Source of all that is said about stops: ptrace(2).
#include <linux/kcmp.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string>
#include <unordered_map>
#include <utility>

#include "harness/tree/follower.h"

namespace splitscope::tree {
namespace {

using Clock = std::chrono::steady_clock;

constexpr long kOptions = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                          PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
// A child may come to its first stop before its parent's stop tells of it. When the parent is
// killed in between nothing ever does, and the child is looked up.
constexpr std::chrono::milliseconds kPatience{20};

// The one that it is about may have been killed at any moment: nothing that fails here is an error.
void go_on(pid_t task, int signal) noexcept {
  ::ptrace(PTRACE_CONT, task, nullptr, static_cast<long>(signal));
}

bool is_stop_signal(int signal) noexcept {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

bool is_thread_of(pid_t process, pid_t task) noexcept {
  return ::syscall(SYS_tgkill, process, task, 0) == 0;
}

// Kernels without kcmp leave it to the way of making: vfork shares.
bool shares_memory(pid_t a, pid_t b, bool by_vfork) noexcept {
  const long order = ::syscall(SYS_kcmp, a, b, KCMP_VM, 0, 0);
  return order < 0 ? by_vfork : order == 0;
}

std::uint64_t maxrss_bytes(const rusage& usage) noexcept {
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

std::string why_not_traced(pid_t pid, int error) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("TracerPid:")) continue;
    const long tracer = std::strtol(line.c_str() + std::strlen("TracerPid:"), nullptr, 10);
    if (tracer != 0) return "already traced by process " + std::to_string(tracer);
  }
  std::ifstream yama("/proc/sys/kernel/yama/ptrace_scope");
  int scope = 0;
  if (yama >> scope && scope >= 2) {
    return "kernel.yama.ptrace_scope is " + std::to_string(scope);
  }
  return std::string("ptrace: ") + std::strerror(error);
}

class Tracer : public Follower {
 public:
  explicit Tracer(Scene& scene) : scene_(scene) { tasks_[scene.first] = scene.first; }

  bool take(pid_t pid, int status, const rusage& usage) override {
    if (!WIFSTOPPED(status)) return on_end(pid, status, usage);
    on_stop(pid, status, usage);
    return true;
  }

  void look() override {
    if (held_.empty()) return;
    const auto now = Clock::now();
    for (auto held = held_.begin(); held != held_.end();) {
      const auto [pid, early] = *held;
      if (now < early.since + kPatience) {
        ++held;
        continue;
      }
      held = held_.erase(held);
      if (look_up(pid)) {
        on_stop(pid, early.status, early.usage);
      } else {
        go_on(pid, 0);
      }
    }
  }

 private:
  struct Early {
    int status = 0;
    rusage usage{};
    Clock::time_point since;
  };

  void on_stop(pid_t task, int status, const rusage& usage) {
    const int signal = WSTOPSIG(status);
    const int event = status >> 16;
    const auto known = tasks_.find(task);
    if (known == tasks_.end() && event != PTRACE_EVENT_EXEC) {
      held_[task] = {status, usage, Clock::now()};
      return;
    }
    const pid_t process = known == tasks_.end() ? task : known->second;
    switch (event) {
      case PTRACE_EVENT_FORK:
      case PTRACE_EVENT_VFORK:
      case PTRACE_EVENT_CLONE:
        on_new_task(task, process, event);
        go_on(task, 0);
        break;
      case PTRACE_EVENT_EXEC:
        on_exec(task, usage);
        go_on(task, 0);
        break;
      case PTRACE_EVENT_EXIT:
        on_exit(task, process);
        go_on(task, 0);
        break;
      case PTRACE_EVENT_STOP:
        on_group_stop(task, process, signal);
        break;
      default:
        go_on(task, signal);
    }
  }

  void on_group_stop(pid_t task, pid_t process, int signal) {
    // The first stop of a new task and the end of a group's stop are SIGTRAP.
    const bool stopped = is_stop_signal(signal);
    Process* const found = scene_.table.find(process);
    if (found != nullptr) found->stopped = stopped;
    if (!stopped) {
      go_on(task, 0);
      return;
    }
    ::ptrace(PTRACE_LISTEN, task, nullptr, nullptr);
    // Until a child of vfork has its own image its parent waits for it and cannot be stopped.
    const bool holds_first = found != nullptr && found->memory_of == scene_.first;
    if ((task == scene_.first || holds_first) && scene_.first_stopped) scene_.first_stopped(signal);
  }

  void on_new_task(pid_t task, pid_t process, int event) {
    unsigned long message = 0;
    if (::ptrace(PTRACE_GETEVENTMSG, task, nullptr, &message) != 0) return;
    const auto created = static_cast<pid_t>(message);
    if (tasks_.contains(created)) return;
    if (is_thread_of(process, created)) {
      enter_thread(created, process);
    } else {
      enter_process(created, process, event == PTRACE_EVENT_VFORK);
      scene_.sampler.sample();
    }
    if (auto early = held_.extract(created)) {
      on_stop(created, early.mapped().status, early.mapped().usage);
    }
  }

  void enter_thread(pid_t task, pid_t process) {
    tasks_[task] = process;
    if (Process* const found = scene_.table.find(process)) ++found->threads;
  }

  void enter_process(pid_t pid, pid_t parent, bool by_vfork) {
    tasks_[pid] = pid;
    const bool shares = parent != 0 && shares_memory(parent, pid, by_vfork);
    scene_.table.add(pid, parent, shares ? parent : 0, scene_.sampler.now_us());
  }

  // False when it is gone.
  bool look_up(pid_t task) {
    const Kinship kinship = read_kinship(task);
    if (kinship.process == 0) return false;
    if (kinship.process != task) {
      enter_thread(task, kinship.process);
    } else {
      enter_process(task, kinship.parent, false);
    }
    return true;
  }

  void on_exec(pid_t pid, const rusage& usage) {
    // All other threads are gone; the one that called exec has taken over the first one's number.
    unsigned long former = 0;
    if (::ptrace(PTRACE_GETEVENTMSG, pid, nullptr, &former) == 0 &&
        static_cast<pid_t>(former) != pid) {
      tasks_.erase(static_cast<pid_t>(former));
    }
    tasks_[pid] = pid;
    Process* const process = scene_.table.find(pid);
    if (process == nullptr) return;
    process->threads = 1;
    if (process->owns_memory()) scene_.memory_dropped(pid);
    scene_.table.replaced(*process, maxrss_bytes(usage));
    process->row.last_exec_us = scene_.sampler.now_us();
    scene_.sampler.sample();
  }

  void on_exit(pid_t task, pid_t pid) {
    Process* const process = scene_.table.find(pid);
    if (process == nullptr || --process->threads > 0) return;
    // Of this very thread: the first one may have lost its memory already.
    const auto status = read_status(task);
    if (!status) return;
    process->waiter = status->parent;
    if (!process->owns_memory()) return;
    process->mark_at_exit = status->peak_rss_bytes;
    process->row.end_anon_bytes = status->now.anon_bytes;
    process->row.end_file_bytes = status->now.file_bytes;
    process->row.end_shmem_bytes = status->now.shmem_bytes;
    process->reader.set(*status);
    ProcessTable::note(*process, status->now);
    scene_.sampler.sample(process);
    scene_.memory_dropped(pid);
  }

  bool on_end(pid_t task, int status, const rusage& usage) {
    const auto known = tasks_.find(task);
    if (known == tasks_.end()) return held_.erase(task) != 0;
    const bool whole = known->second == task;
    tasks_.erase(known);
    Process* const process = whole ? scene_.table.find(task) : nullptr;
    if (process != nullptr) scene_.table.ended(*process, &status, &usage, scene_.sampler.now_us());
    return true;
  }

  Scene& scene_;
  // Task -> its process.
  std::unordered_map<pid_t, pid_t> tasks_;
  // Stopped, and not yet told of.
  std::unordered_map<pid_t, Early> held_;
};

}  // namespace

std::unique_ptr<Follower> make_tracer(Scene& scene, std::string& why_not) {
  auto tracer = std::make_unique<Tracer>(scene);
  if (::ptrace(PTRACE_SEIZE, scene.first, nullptr, kOptions) == 0) return tracer;
  why_not = why_not_traced(scene.first, errno);
  return nullptr;
}

}  // namespace splitscope::tree
