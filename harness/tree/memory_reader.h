// The memory of one process, read from outside.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "harness/tree/descriptor.h"

namespace splitscope::tree {

struct Reading {
  std::uint64_t rss_bytes = 0;
  std::uint64_t anon_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t shmem_bytes = 0;
  std::uint64_t page_tables_bytes = 0;
  std::uint64_t swap_bytes = 0;
};

struct PssReading {
  std::uint64_t pss_bytes = 0;
  std::uint64_t anon_huge_bytes = 0;
  std::uint64_t uss_bytes = 0;
};

/// What the kernel says of a process that stands still at its end or elsewhere.
struct StatusReading {
  Reading now;
  std::uint64_t peak_rss_bytes = 0;
  pid_t process = 0;  ///< Tgid
  pid_t parent = 0;   ///< PPid
};

/// Of /proc/TASK/status, which may be any thread's; nothing when the thread is gone or its memory
/// is. Source: proc(5).
[[nodiscard]] std::optional<StatusReading> read_status(pid_t task) noexcept;

/// Its process and parent; 0 in both when it is gone.
struct Kinship {
  pid_t process = 0;
  pid_t parent = 0;
};
[[nodiscard]] Kinship read_kinship(pid_t task) noexcept;

/// Milliseconds for large processes. Nothing when it is gone or may not be looked at.
[[nodiscard]] std::optional<PssReading> read_pss(pid_t process) noexcept;

/// Reads one process again and again; allocates nothing. The cheap statm gives the resident set and
/// tells private from shared memory; status, which also tells file from shared memory, is read when
/// the shared part or much of the rest has changed.
class MemoryReader {
 public:
  explicit MemoryReader(pid_t process) noexcept : process_(process) {}
  MemoryReader(const MemoryReader&) = delete;
  MemoryReader& operator=(const MemoryReader&) = delete;
  ~MemoryReader();

  /// The present state; all 0 when the process is gone.
  const Reading& read() noexcept;
  /// Taken over from a reading of its status by others.
  void set(const StatusReading& status) noexcept;
  /// After exec: the old memory is gone.
  void forget() noexcept;
  [[nodiscard]] const Reading& last() const noexcept { return last_; }
  /// The highest mark seen since the last forget(); 0 when status was not read.
  [[nodiscard]] std::uint64_t seen_peak_bytes() const noexcept { return seen_peak_; }

 private:
  pid_t process_;
  Descriptor statm_;
  Reading last_;
  // What status was read for.
  std::uint64_t shared_pages_ = 0;
  std::uint64_t rss_then_ = 0;
  bool has_status_ = false;
  std::uint64_t seen_peak_ = 0;
};

}  // namespace splitscope::tree
