// Following a tree without ptrace(2): this process adopts orphans, waits for them and looks through
// /proc before each sample.
#include <sys/wait.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "harness/tree/descendants.h"
#include "harness/tree/follower.h"

namespace splitscope::tree {
namespace {

// So long after its start a process is taken to have come to its exec.
constexpr std::uint64_t kYoungUs = 50'000;

class Watcher : public Follower {
 public:
  Watcher(Scene& scene, std::vector<pid_t> spared) : scene_(scene), spared_(std::move(spared)) {}

  bool take(pid_t pid, int status, const rusage& /*usage*/) override {
    Process* const process = scene_.table.find(pid);
    if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
      if (process != nullptr) process->stopped = WIFSTOPPED(status);
      if (pid == scene_.first && WIFSTOPPED(status) && scene_.first_stopped) {
        scene_.first_stopped(WSTOPSIG(status));
      }
      return true;
    }
    if (process == nullptr) return false;
    // Its ru_maxrss may be that of a child that it waited for and that no look saw: no process's
    // own.
    scene_.memory_dropped(pid);
    scene_.table.ended(*process, &status, nullptr, scene_.sampler.now_us());
    return true;
  }

  void look() override {
    list_descendants(spared_, found_);
    const std::uint64_t now = scene_.sampler.now_us();
    for (const Descendant& descendant : found_) {
      Process* process = scene_.table.find(descendant.pid);
      if (process == nullptr) {
        const bool known = scene_.table.find(descendant.parent) != nullptr;
        process =
            &scene_.table.add(descendant.pid, known ? descendant.parent : scene_.first, 0, now);
      }
      if (now < process->row.started_us + kYoungUs) {
        process->row.command = read_command(descendant.pid);
        process->row.executable = read_executable(descendant.pid);
        // Whether it is only forked cannot be told from outside.
        process->row.executed = true;
      }
    }
    drop_those_gone(now);
  }

 private:
  void drop_those_gone(std::uint64_t now) {
    gone_.clear();
    for (const auto& [pid, process] : scene_.table.living()) {
      const bool there = std::any_of(found_.begin(), found_.end(),
                                     [pid = pid](const Descendant& d) { return d.pid == pid; });
      // The first one is this process's to wait for.
      if (!there && pid != scene_.first) gone_.push_back(pid);
    }
    for (const pid_t pid : gone_) {
      if (Process* const process = scene_.table.find(pid)) {
        scene_.memory_dropped(pid);
        scene_.table.ended(*process, nullptr, nullptr, now);
      }
    }
  }

  Scene& scene_;
  std::vector<pid_t> spared_;
  std::vector<Descendant> found_;
  std::vector<pid_t> gone_;
};

}  // namespace

std::unique_ptr<Follower> make_watcher(Scene& scene, std::vector<pid_t> spared) {
  return std::make_unique<Watcher>(scene, std::move(spared));
}

}  // namespace splitscope::tree
