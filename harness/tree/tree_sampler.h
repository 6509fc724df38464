// Sums over a tree at one instant after the other.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "harness/record/heap_slots.h"
#include "harness/tree/budget.h"
#include "harness/tree/process_table.h"
#include "harness/tree/tree_end.h"
#include "harness/tree/tree_timeline.h"

namespace splitscope::tree {

/// Reads every living process of the table; what a sample takes comes out of a budget of 5 % of the
/// time, and a sample beyond it is left out: half a sample would mix instants. Not thread-safe.
class TreeSampler {
 public:
  using Clock = std::chrono::steady_clock;

  using Released = std::function<void(std::vector<record::ReleasedMemory>&)>;

  /// `launched` is where times count from; `live_heap_bytes` and `released` as in Launch.
  TreeSampler(ProcessTable& table, Clock::time_point launched,
              std::function<std::uint64_t()> live_heap_bytes = {}, Released released = {});

  /// `fresh`, when there is one, has been read at this instant already.
  void sample(const Process* fresh = nullptr);
  /// Whatever it costs; that is made up for by samples left out later.
  void sample_now() { take(nullptr); }
  /// The highest of each kind since the last call; `processes` is 0 when nothing was sampled. The
  /// last sample counts to what comes next as well.
  [[nodiscard]] TreeInstant end_stretch() noexcept;
  [[nodiscard]] std::uint64_t now_us() const;
  /// Adds what it has gathered. Call once.
  void report(TreeEnd& end);

 private:
  void add_released(const TreeInstant& instant, const Reading& least);
  void take(const Process* fresh);
  void take_peaks(const TreeInstant& instant, std::uint64_t page_tables, std::uint64_t swap);
  void look_at_pss(const TreeInstant& instant, Clock::time_point now);

  ProcessTable& table_;
  Clock::time_point launched_;
  std::function<std::uint64_t()> live_heap_bytes_;
  Released ask_released_;
  std::vector<record::ReleasedMemory> released_;
  Budget budget_;
  Budget pss_budget_;
  TreeTimeline timeline_;
  TreePeaks peaks_;
  TreeInstant stretch_;
  TreeInstant last_;
  std::uint64_t page_tables_bytes_ = 0;
  std::uint64_t swap_bytes_ = 0;
  std::optional<PssPeak> pss_;
  std::uint64_t rss_at_pss_ = 0;
  Clock::time_point pss_at_;
};

/// By how much the kernel's counters of resident memory may be off: each of the CPUs keeps up to
/// max(32, 2 x CPUs) pages to itself. Source: percpu_counter_batch, Linux 6.2 and later.
[[nodiscard]] std::uint64_t counter_resolution_bytes();

}  // namespace splitscope::tree
