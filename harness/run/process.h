// A child process in a process group of its own, and its end with everything that it started.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/death.h"

namespace splitscope::run {

struct Command {
  /// Looked up in PATH when it has no slash.
  std::string executable;
  std::vector<std::string> arguments;
  /// The whole environment, "NAME=value".
  std::vector<std::string> environment;
  std::filesystem::path folder;
  /// Keep the last bytes of stdout and stderr; otherwise the child has the parent's.
  bool capture = true;
  /// Without address space randomization, so that repetitions see the same addresses.
  bool fixed_addresses = true;
  /// Descriptor of this process -> its number in the child, which is above 2.
  std::optional<std::pair<int, int>> descriptor;
};

struct Exit {
  std::optional<int> status;
  std::optional<int> signal;
  bool timed_out = false;
  /// When it was seen to have ended, before what it left behind was ended.
  std::chrono::steady_clock::time_point ended{};
  /// Processes that outlived it, whatever group or session they had gone to, and were ended.
  std::size_t left_behind = 0;
  /// The last bytes of what it wrote, when captured.
  std::string output_tail;
  std::chrono::microseconds user{};
  std::chrono::microseconds system{};
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  /// The kernel's figure; never below what this process had resident at spawn.
  std::uint64_t max_rss_bytes = 0;
};

/// What a wait does when a signal has asked this process for an orderly end.
enum class WhenDying { kThrow, kGoOn };

/// Starts the process in the constructor. It is ended with everything that descends from it, be it
/// in other groups or sessions: by the destructor, at the deadline, when a signal asks for the end,
/// and when it leaves something behind; always SIGTERM, a grace of a second, SIGKILL. What this
/// process has started in other ways than by this class would be ended too. Should this process end
/// without any of that, its guard does it (guard.h), or the handlers of base/death.h as far as the
/// process group goes. Main thread. Errors: std::system_error that names the executable.
class Process {
 public:
  explicit Process(const Command& command);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running() const { return pid_ > 0; }

  /// Waits for the end, collecting output; not beyond `deadline`. `tick`, when there is one, is
  /// called every `interval`. Throws Interrupted when a signal asks for an orderly end.
  Exit wait(std::chrono::steady_clock::time_point deadline,
            std::chrono::microseconds interval = std::chrono::microseconds(0),
            const std::function<void(pid_t)>& tick = {});

  /// The next line that the child writes, without its end; empty when there is none by `deadline`
  /// or the child has ended. Needs Command::capture.
  std::string read_line(std::chrono::steady_clock::time_point deadline,
                        WhenDying when_dying = WhenDying::kThrow);

  /// Ends it with all that it started and reaps it.
  void end() noexcept;

 private:
  void drain(std::string& tail);
  void reap(Exit& exit);
  // Leaves the process itself for reap().
  void end_tree() noexcept;
  void close_all() noexcept;

  std::string name_;
  std::optional<WatchedGroup> watched_;
  pid_t pid_ = -1;
  int pid_fd_ = -1;
  int output_fd_ = -1;
};

/// Whether this kernel let the last process start without address space randomization.
[[nodiscard]] bool fixed_addresses_supported();

/// "SIGSEGV" and so on; "signal 99" for those without a name.
[[nodiscard]] std::string signal_name(int signal);

}  // namespace splitscope::run
