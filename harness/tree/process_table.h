// The processes of a tree: those that live, and a row for each that ended.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/tree/image_peaks.h"
#include "harness/tree/memory_reader.h"
#include "harness/tree/tree_end.h"

namespace splitscope::tree {

/// One that lives.
struct Process {
  explicit Process(pid_t pid) : reader(pid) { row.pid = pid; }

  [[nodiscard]] pid_t pid() const noexcept { return row.pid; }
  /// Whether its memory is its own and not that of a process which it came from by vfork.
  [[nodiscard]] bool owns_memory() const noexcept { return memory_of == 0; }

  ProcessRecord row;
  MemoryReader reader;
  /// As the last sample had it.
  Reading sampled;
  ImagePeaks peaks;
  /// Process whose memory it uses; 0: its own.
  pid_t memory_of = 0;
  /// Threads that have not come to their exit.
  int threads = 1;
  /// Who will be told of its end, as last seen.
  pid_t waiter = 0;
  std::optional<std::uint64_t> mark_at_exit;
  bool stopped = false;
  bool told_to_end = false;
};

/// Not thread-safe.
class ProcessTable {
 public:
  using Living = std::unordered_map<pid_t, std::unique_ptr<Process>>;

  /// `memory_of` as in Process. The command is taken over from the parent.
  Process& add(pid_t pid, pid_t parent, pid_t memory_of, std::uint64_t now_us);
  /// nullptr when there is none.
  [[nodiscard]] Process* find(pid_t pid) noexcept;
  [[nodiscard]] const Living& living() const noexcept { return living_; }

  /// A reading that was just taken of it.
  static void note(Process& process, const Reading& reading) noexcept;
  /// Its image was replaced: its memory is its own from now on, its command a new one.
  void replaced(Process& process, std::uint64_t maxrss_bytes);
  /// It is gone; `wait_status` and `usage` as wait4(2) gave them, nullptr when somebody else
  /// waited.
  void ended(Process& process, const int* wait_status, const rusage* usage, std::uint64_t now_us);

  [[nodiscard]] std::uint64_t processes_seen() const noexcept { return seen_; }
  /// By start; those that live are left out.
  [[nodiscard]] std::vector<ProcessRecord> take_rows();
  /// The highest peak of all that ended, and whether it is exact and nothing can have been higher.
  [[nodiscard]] std::uint64_t highest_peak_bytes() const noexcept { return highest_; }
  [[nodiscard]] bool highest_is_exact() const noexcept { return all_exact_; }
  /// The most processes with memory of their own at one time.
  [[nodiscard]] std::size_t most_at_once() const noexcept { return most_at_once_; }

 private:
  void hand_memory_on(const Process& process);
  void count_owners() noexcept;
  void keep(ProcessRecord row);

  Living living_;
  std::vector<ProcessRecord> rows_;
  std::optional<ProcessRecord> first_row_;
  std::uint64_t seen_ = 0;
  std::uint64_t highest_ = 0;
  bool all_exact_ = true;
  std::size_t most_at_once_ = 0;
};

/// The file that it runs, empty where that cannot be told.
[[nodiscard]] std::string read_executable(pid_t pid);

/// The arguments of a process as ProcessRecord::command has them.
[[nodiscard]] std::string read_command(pid_t pid);

}  // namespace splitscope::tree
