// A command that stands ready and waits to be let go.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "harness/tree/descriptor.h"
#include "harness/tree/launch.h"

namespace splitscope::tree {

/// Where execvp(3) would look for `name`, in its order; at least one path.
[[nodiscard]] std::vector<std::string> paths_of(const std::string& name,
                                                const std::vector<std::string>& environment);

/// Starts the spawner in the constructor and with it the process that will be the command: a child
/// of the calling thread that waits, in its cgroup and under its limits. Unless release() is called
/// the destructor lets it end and reaps it. Errors: std::system_error that names the command and
/// what was in the way.
class Starter {
 public:
  /// `terminal`: the command gets a group of its own and the terminal on standard input with it.
  Starter(const Launch& launch, bool terminal);
  Starter(const Starter&) = delete;
  Starter& operator=(const Starter&) = delete;
  ~Starter();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Lets it go. Errors: the kernel did not take the word; it then ends by itself, and the caller
  /// reaps it.
  void release();
  /// Whether it has become the command (or died on the way, as its wait status will tell). Waits
  /// for at most `timeout_ms`. Errors: as exec(2) failed; the process then ends by itself, and
  /// whoever called release() reaps it.
  [[nodiscard]] bool started(int timeout_ms);

 private:
  [[noreturn]] void fail(int stage, int error, std::size_t candidate) const;
  void run_spawner(const Launch& launch, bool terminal, int spawner_end);

  std::string name_;
  std::string cgroup_procs_;
  std::vector<std::string> candidates_;
  Descriptor socket_;
  pid_t pid_ = -1;
  bool released_ = false;
};

}  // namespace splitscope::tree
