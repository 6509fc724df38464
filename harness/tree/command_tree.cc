#include "harness/tree/command_tree.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "base/death.h"
#include "base/environment.h"
#include "harness/tree/child_signals.h"
#include "harness/tree/descendants.h"
#include "harness/tree/effort.h"
#include "harness/tree/follower.h"
#include "harness/tree/phase_channel.h"
#include "harness/tree/phase_log.h"
#include "harness/tree/process_table.h"
#include "harness/tree/starter.h"
#include "harness/tree/terminal.h"
#include "harness/tree/tree_sampler.h"

namespace splitscope::tree {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kGrace{1};
// Some processes are not let go by the kernel, in a read from a dead disk for example.
constexpr std::chrono::seconds kKillLimit{5};
// A signal may come between the look for it and the wait.
constexpr std::chrono::milliseconds kLongestNap{50};
constexpr std::chrono::milliseconds kEndingNap{5};
constexpr int kStartPollMs = 2;
// With so many events in a row the clock is looked at in between.
constexpr int kEventsInARow = 64;
// Looking may take 1 in 20 of the time.
constexpr int kLookShare = 20;

std::vector<pid_t> own_children() {
  std::vector<Descendant> found;
  list_descendants({}, found);
  std::vector<pid_t> children;
  for (const Descendant& descendant : found) {
    if (descendant.parent == ::getpid()) children.push_back(descendant.pid);
  }
  return children;
}

// What an outer one has set is not for this command.
Launch with_phases(Launch launch, int descriptor) {
  const std::string entry = std::string(environment::kPhasesFd) + "=";
  std::erase_if(launch.environment,
                [&](const std::string& variable) { return variable.starts_with(entry); });
  launch.environment.push_back(entry + std::to_string(descriptor));
  launch.handed_on = descriptor;
  return launch;
}

}  // namespace

class CommandTree::Run {
 public:
  explicit Run(const Launch& launch)
      : wait_for_all_(launch.wait_for_descendants),
        interval_(std::max(launch.interval, std::chrono::microseconds(100))),
        spared_(own_children()),
        terminal_(launch) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (launch.phases) channel_.emplace();
    Starter starter(channel_ ? with_phases(launch, channel_->command_end()) : launch,
                    terminal_.lends());
    if (channel_) channel_->handed_on();
    first_ = starter.pid();
    if (terminal_.lends()) {
      terminal_.lent_to(first_);
      group_.emplace(first_);
    }
    launched_ = Clock::now();
    sampler_.emplace(table_, launched_, launch.live_heap_bytes, launch.released);
    if (channel_) phases_.emplace(*sampler_, launch.mark_heap);
    table_.add(first_, 0, 0, 0);
    scene_.emplace(Scene{table_, *sampler_, first_, [this](int) { stopped_ = true; },
                         launch.memory_dropped ? launch.memory_dropped : [](pid_t) {}});
    follow(launch);
    try {
      starter.release();
      while (!starter.started(kStartPollMs)) take_events();
    } catch (...) {
      while (!first_end_ && take_one(0)) {
      }
      throw;
    }
  }

  [[nodiscard]] pid_t pid() const noexcept { return first_; }

  TreeEnd wait(Clock::time_point deadline, const std::function<void()>& tick) {
    auto next_sample = Clock::now();
    for (;;) {
      const bool more_lines = take_lines();
      const bool more = take_events() || more_lines;
      if (is_over()) break;
      if (death_signal() != 0) {
        end();
        throw_if_dying();
      }
      const auto now = Clock::now();
      if (now >= deadline) {
        end_.timed_out = true;
        break;
      }
      if (stopped_) {
        stopped_ = false;
        terminal_.stop_job();
      }
      if (terminal_.overdue(now)) terminal_.go_on();
      if (now >= next_sample) {
        if (tick) tick();
        follower_->look();
        sampler_->sample();
        // What came late is not made up for.
        const auto cost = Clock::now() - now;
        next_sample = std::max(next_sample + interval_, now + cost * kLookShare);
      }
      if (more) continue;
      const auto until = std::min({deadline, next_sample, now + kLongestNap});
      if (signals_.await(until - Clock::now()) == SIGCONT) terminal_.go_on();
    }
    const auto ended = first_end_ && !wait_for_all_ ? *first_end_ : Clock::now();
    end_.wall = std::chrono::duration_cast<std::chrono::microseconds>(ended - launched_);
    end();
    terminal_.take_back();
    report_phases();
    end_.launched_nanoseconds = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(launched_.time_since_epoch()).count());
    end_.processes_seen = table_.processes_seen();
    sampler_->report(end_);
    end_.processes = table_.take_rows();
    return std::move(end_);
  }

  void end() noexcept {
    try {
      end_.left_behind += end_all();
    } catch (...) {
      // No memory to look with: nobody is asked any more.
      for (const auto& [pid, process] : table_.living()) ::kill(pid, SIGKILL);
    }
  }

 private:
  void follow(const Launch& launch) {
    if (launch.trace) {
      follower_ = make_tracer(*scene_, end_.trace_absent_because);
    } else {
      end_.trace_absent_because = "switched off";
    }
    traced_ = follower_ != nullptr;
    if (!traced_) follower_ = make_watcher(*scene_, spared_);
  }

  [[nodiscard]] bool is_over() {
    if (!first_end_) return false;
    if (!wait_for_all_) return true;
    if (!table_.living().empty()) return false;
    // Whom nobody saw yet, or nobody could trace.
    list_descendants(spared_, others_);
    return others_.empty();
  }

  // Whether there may be more.
  bool take_events() {
    for (int i = 0; i < kEventsInARow; ++i) {
      if (!take_one(WNOHANG)) return false;
      if (is_over()) return true;
    }
    return true;
  }

  bool take_lines() {
    return channel_ && channel_->take([this](const PhaseLine& line) { phases_->take(line); });
  }

  void writer_ended(pid_t pid) {
    if (!channel_) return;
    channel_->writer_ended(pid);
    phases_->writer_ended(pid);
  }

  void report_phases() {
    if (!channel_) return;
    for (int i = 0; i < kEventsInARow && take_lines(); ++i) {
    }
    phases_->report(end_);
    end_.phase_lines_ignored = channel_->malformed();
  }

  bool take_one(int flags) {
    int status = 0;
    rusage usage{};
    const int kinds = __WALL | __WNOTHREAD | (traced_ ? 0 : WUNTRACED | WCONTINUED);
    pid_t pid = 0;
    do {
      pid = ::wait4(-1, &status, flags | kinds, &usage);
    } while (pid < 0 && errno == EINTR && flags != 0);
    if (pid <= 0) return pid < 0 && errno == EINTR;
    // What it wrote came before what it is stopped or gone for.
    (void)take_lines();
    const bool gone = WIFEXITED(status) || WIFSIGNALED(status);
    const Process* const process = table_.find(pid);
    // Others are in the figures of whoever waits for them.
    bool counts = gone && process != nullptr &&
                  (!traced_ || pid == first_ || table_.find(process->waiter) == nullptr);
    if (gone && pid == first_) {
      first_end_ = Clock::now();
      if (WIFEXITED(status)) end_.status = WEXITSTATUS(status);
      if (WIFSIGNALED(status)) end_.signal = WTERMSIG(status);
      end_.largest_waited_for_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    }
    const bool followed = follower_->take(pid, status, usage);
    counts = counts || (gone && !followed);
    if (gone) writer_ended(pid);
    if (counts) add_effort(usage, end_);
    return true;
  }

  // How many had to be told, the first process apart.
  std::size_t end_all() {
    std::size_t told = 0;
    const auto kill_at = Clock::now() + kGrace;
    const auto give_up_at = kill_at + kKillLimit;
    for (;;) {
      while (take_events()) {
        if (table_.living().empty()) break;
      }
      follower_->look();
      const bool killing = Clock::now() >= kill_at;
      for (const auto& [pid, process] : table_.living()) {
        if (tell(*process, killing) && pid != first_) ++told;
      }
      if (table_.living().empty() && !tell_others(killing, told)) return told;
      if (Clock::now() >= give_up_at) return told;
      (void)signals_.await(kEndingNap);
    }
  }

  // Whether it is told for the first time.
  bool tell(Process& process, bool killing) noexcept {
    if (process.told_to_end) {
      if (killing) send(process.pid(), SIGKILL);
      return false;
    }
    process.told_to_end = true;
    send(process.pid(), killing ? SIGKILL : SIGTERM);
    if (process.stopped) send(process.pid(), SIGCONT);
    return true;
  }

  // What is traced keeps its number until we have waited for it.
  void send(pid_t pid, int signal) const noexcept {
    if (traced_ || pid == first_) {
      ::kill(pid, signal);
    } else {
      (void)signal_descendant(pid, signal);
    }
  }

  // Those that were made untraceable (CLONE_UNTRACED). Whether there are any.
  bool tell_others(bool killing, std::size_t& told) {
    list_descendants(spared_, others_);
    for (const Descendant& other : others_) {
      const bool known =
          std::find(told_others_.begin(), told_others_.end(), other.pid) != told_others_.end();
      if (known && !killing) continue;
      if (!signal_descendant(other.pid, killing ? SIGKILL : SIGTERM)) continue;
      if (known) continue;
      told_others_.push_back(other.pid);
      ++told;
    }
    return !others_.empty();
  }

  bool wait_for_all_;
  std::chrono::microseconds interval_;
  std::vector<pid_t> spared_;
  ChildSignals signals_;
  Terminal terminal_;
  std::optional<WatchedGroup> group_;
  pid_t first_ = 0;
  Clock::time_point launched_;
  ProcessTable table_;
  std::optional<TreeSampler> sampler_;
  // Behind the signals, which it raises.
  std::optional<PhaseChannel> channel_;
  std::optional<PhaseLog> phases_;
  std::optional<Scene> scene_;
  std::unique_ptr<Follower> follower_;
  bool traced_ = false;
  bool stopped_ = false;
  std::optional<Clock::time_point> first_end_;
  std::vector<Descendant> others_;
  std::vector<pid_t> told_others_;
  TreeEnd end_;
};

CommandTree::CommandTree(const Launch& launch) : run_(std::make_unique<Run>(launch)) {}

CommandTree::~CommandTree() { end(); }

pid_t CommandTree::pid() const noexcept { return run_->pid(); }

TreeEnd CommandTree::wait(Clock::time_point deadline, const std::function<void()>& tick) {
  return run_->wait(deadline, tick);
}

void CommandTree::end() noexcept { run_->end(); }

}  // namespace splitscope::tree
