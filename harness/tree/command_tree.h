// A foreign command, started and followed with every process that descends from it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>

#include "harness/tree/launch.h"
#include "harness/tree/tree_end.h"

namespace splitscope::tree {

/// Starts the command in the constructor, in the calling thread's service: all calls must come from
/// that thread, which should be the main one. While one lives, this process adopts orphans
/// (PR_SET_CHILD_SUBREAPER), has SIGCHLD, SIGCONT and SIGIO blocked and waits for any of its
/// children: start no others meanwhile. The tree is ended, when it has to be, by SIGTERM to every
/// process, a second of grace, and SIGKILL; nothing else is ever signalled but our own job when the
/// command is stopped (terminal.h). Should this process die, the kernel ends all that is traced;
/// without trace a guard has to. Errors: std::system_error naming the command and what is wrong
/// with it.
class CommandTree {
 public:
  explicit CommandTree(const Launch& launch);
  CommandTree(const CommandTree&) = delete;
  CommandTree& operator=(const CommandTree&) = delete;
  ~CommandTree();

  /// Of the first process.
  [[nodiscard]] pid_t pid() const noexcept;
  /// Until the end; at the deadline the tree is ended. `tick` is called before each sample of the
  /// timer. Call once. Throws Interrupted, the tree being ended, when a signal asks this process
  /// for its end (base/death.h).
  TreeEnd wait(std::chrono::steady_clock::time_point deadline,
               const std::function<void()>& tick = {});
  /// Ends the whole tree.
  void end() noexcept;

 private:
  class Run;
  std::unique_ptr<Run> run_;
};

}  // namespace splitscope::tree
