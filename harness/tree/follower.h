// Who keeps the table of a tree up to date.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/tree/process_table.h"
#include "harness/tree/tree_sampler.h"

namespace splitscope::tree {

/// What followers and the loop around them share.
struct Scene {
  ProcessTable& table;
  TreeSampler& sampler;
  pid_t first = 0;
  /// The first process was stopped (job control) by that signal.
  std::function<void(int signal)> first_stopped;
  /// As in Launch; never empty.
  std::function<void(pid_t)> memory_dropped;
};

/// Called by one thread, the one that launched the first process.
class Follower {
 public:
  virtual ~Follower() = default;
  /// A status that wait4(2) gave for any child or tracee. False for the end of one that is not, or
  /// no longer, followed: an orphan that this process has adopted.
  virtual bool take(pid_t pid, int status, const rusage& usage) = 0;
  /// Called before each sample of the timer.
  virtual void look() = 0;
};

/// Follows by ptrace(2), exactly: `why_not` is set, and nothing returned, when that is not
/// permitted. The first process must wait before its exec.
[[nodiscard]] std::unique_ptr<Follower> make_tracer(Scene& scene, std::string& why_not);

/// Follows by looking through /proc; what is shorter than the time between two looks is not seen.
/// `spared` are children of this process that do not belong to the tree.
[[nodiscard]] std::unique_ptr<Follower> make_watcher(Scene& scene, std::vector<pid_t> spared);

}  // namespace splitscope::tree
