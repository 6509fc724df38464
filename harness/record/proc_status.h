// Pure parsers for the text of /proc/PID/{status,statm,smaps_rollup,io,stat} and of
// /proc/PID/task/TID/children (proc(5)). They allocate nothing and take any text: a line that is
// missing, as on older kernels, leaves its field empty.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace splitscope::record {

struct ProcStatus {
  std::optional<std::uint64_t> peak_rss_bytes;  ///< VmHWM
  std::optional<std::uint64_t> rss_bytes;       ///< VmRSS
  std::optional<std::uint64_t> rss_anon_bytes;  ///< the three kinds since kernel 4.5
  std::optional<std::uint64_t> rss_file_bytes;
  std::optional<std::uint64_t> rss_shmem_bytes;
  std::optional<std::uint64_t> swap_bytes;
  std::optional<std::uint64_t> hugetlb_bytes;  ///< not part of VmRSS or VmHWM
  std::optional<std::uint64_t> page_tables_bytes;
};
[[nodiscard]] ProcStatus parse_status(std::string_view text) noexcept;

struct ProcStatm {
  std::uint64_t resident_pages;
  std::uint64_t shared_pages;  ///< file and shared memory
};
/// Nothing when there are fewer than three numbers, or none resident: a process that has exited.
[[nodiscard]] std::optional<ProcStatm> parse_statm(std::string_view text) noexcept;

struct ProcRollup {
  std::optional<std::uint64_t> pss_bytes;
  std::optional<std::uint64_t> anon_huge_bytes;
  std::optional<std::uint64_t> uss_bytes;  ///< mapped by this process alone
};
[[nodiscard]] ProcRollup parse_smaps_rollup(std::string_view text) noexcept;

struct ProcIo {
  std::uint64_t read_chars, write_chars, read_syscalls, write_syscalls, read_bytes, write_bytes;
};
/// Nothing when one of the six is missing.
[[nodiscard]] std::optional<ProcIo> parse_io(std::string_view text) noexcept;

struct ProcStat {
  char state;  ///< R, S, D, T (stopped), t (traced), Z or X (dead), ...
  pid_t parent;
  std::int64_t threads;       ///< 0 once all have ended
  std::uint64_t start_ticks;  ///< since boot; with the number it names a process for good
};
/// Nothing when the text ends before the last of these.
[[nodiscard]] std::optional<ProcStat> parse_stat(std::string_view text) noexcept;

/// Takes the next process off the text of `children`; nothing when no number comes next.
[[nodiscard]] std::optional<pid_t> take_child(std::string_view& text) noexcept;

}  // namespace splitscope::record
