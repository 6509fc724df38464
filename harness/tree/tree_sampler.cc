#include "harness/tree/tree_sampler.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace splitscope::tree {
namespace {

// 1 in 20, and enough at the start that a command of some milliseconds is sampled at all.
constexpr int kSampleShare = 20;
constexpr std::chrono::milliseconds kSampleAllowance{2};
// smaps_rollup walks page tables, some 10 us for each MiB.
constexpr int kPssShare = 100;
constexpr std::chrono::milliseconds kPssAllowance{1};
// On the way up each look is soon outdone, so it waits for a quarter more or for a rest.
constexpr std::uint64_t kPssStep = 4;
constexpr std::chrono::milliseconds kPssRest{20};
constexpr std::uint64_t kNearPeak = 200;

Reading least_of(const Reading& a, const Reading& b) {
  Reading least;
  least.anon_bytes = std::min(a.anon_bytes, b.anon_bytes);
  least.file_bytes = std::min(a.file_bytes, b.file_bytes);
  least.shmem_bytes = std::min(a.shmem_bytes, b.shmem_bytes);
  return least;
}

void add_least(Reading& sum, const Reading& before, const Reading& now) {
  const Reading least = least_of(before, now);
  sum.anon_bytes += least.anon_bytes;
  sum.file_bytes += least.file_bytes;
  sum.shmem_bytes += least.shmem_bytes;
}

void raise_each(TreeInstant& highest, const TreeInstant& instant) {
  highest.processes = std::max(highest.processes, instant.processes);
  highest.rss_bytes = std::max(highest.rss_bytes, instant.rss_bytes);
  highest.anon_bytes = std::max(highest.anon_bytes, instant.anon_bytes);
  highest.file_bytes = std::max(highest.file_bytes, instant.file_bytes);
  highest.shmem_bytes = std::max(highest.shmem_bytes, instant.shmem_bytes);
}

}  // namespace

std::uint64_t counter_resolution_bytes() {
  const auto cpus = static_cast<std::uint64_t>(std::max(::sysconf(_SC_NPROCESSORS_CONF), 1L));
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return std::max<std::uint64_t>(32, 2 * cpus) * cpus * page;
}

TreeSampler::TreeSampler(ProcessTable& table, Clock::time_point launched,
                         std::function<std::uint64_t()> live_heap_bytes, Released released)
    : table_(table),
      launched_(launched),
      live_heap_bytes_(std::move(live_heap_bytes)),
      ask_released_(std::move(released)),
      budget_(kSampleShare, kSampleAllowance),
      pss_budget_(kPssShare, kPssAllowance),
      pss_at_(launched) {}

std::uint64_t TreeSampler::now_us() const {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - launched_).count());
}

void TreeSampler::sample(const Process* fresh) {
  if (budget_.permits(Clock::now())) take(fresh);
}

void TreeSampler::take(const Process* fresh) {
  const auto begin = Budget::processor_time();
  TreeInstant instant;
  Reading least;
  std::uint64_t page_tables = 0;
  std::uint64_t swap = 0;
  instant.t_us = now_us();
  for (const auto& [pid, process] : table_.living()) {
    if (!process->owns_memory()) continue;
    if (process.get() != fresh) ProcessTable::note(*process, process->reader.read());
    const Reading& reading = process->reader.last();
    add_least(least, process->sampled, reading);
    if (reading.rss_bytes == 0) continue;
    ++instant.processes;
    instant.rss_bytes += reading.rss_bytes;
    instant.anon_bytes += reading.anon_bytes;
    instant.file_bytes += reading.file_bytes;
    instant.shmem_bytes += reading.shmem_bytes;
    page_tables += reading.page_tables_bytes;
    swap += reading.swap_bytes;
  }
  if (live_heap_bytes_) instant.heap_bytes = live_heap_bytes_();
  add_released(instant, least);
  for (const auto& [pid, process] : table_.living()) process->sampled = process->reader.last();
  timeline_.add(instant);
  take_peaks(instant, page_tables, swap);
  raise_each(stretch_, instant);
  last_ = instant;
  budget_.spend(Budget::processor_time() - begin);
  look_at_pss(instant, Clock::now());
}

// What one process told of a moment since the last sample, beside the least that all others had: a
// sum that there was, or more.
void TreeSampler::add_released(const TreeInstant& instant, const Reading& least) {
  if (!ask_released_) return;
  released_.clear();
  ask_released_(released_);
  for (const record::ReleasedMemory& told : released_) {
    Process* const process = table_.find(told.pid);
    if (process == nullptr || !process->owns_memory()) continue;
    const Reading own = least_of(process->sampled, process->reader.last());
    TreeInstant then = instant;
    then.anon_bytes = least.anon_bytes - own.anon_bytes + told.anon_bytes;
    then.file_bytes = least.file_bytes - own.file_bytes + told.file_bytes;
    then.shmem_bytes = least.shmem_bytes - own.shmem_bytes + told.shmem_bytes;
    then.rss_bytes = then.anon_bytes + then.file_bytes + then.shmem_bytes;
    if (then.rss_bytes > instant.rss_bytes) timeline_.add(then);
    take_peaks(then, page_tables_bytes_, swap_bytes_);
    raise_each(stretch_, then);
  }
}

TreeInstant TreeSampler::end_stretch() noexcept { return std::exchange(stretch_, last_); }

void TreeSampler::take_peaks(const TreeInstant& instant, std::uint64_t page_tables,
                             std::uint64_t swap) {
  if (instant.rss_bytes > peaks_.rss.rss_bytes) {
    peaks_.rss = instant;
    page_tables_bytes_ = page_tables;
    swap_bytes_ = swap;
  }
  if (instant.anon_bytes > peaks_.anon.anon_bytes) peaks_.anon = instant;
  if (instant.file_bytes > peaks_.file.file_bytes) peaks_.file = instant;
  if (instant.shmem_bytes > peaks_.shmem.shmem_bytes) peaks_.shmem = instant;
}

void TreeSampler::look_at_pss(const TreeInstant& instant, Clock::time_point now) {
  const std::uint64_t rss = instant.rss_bytes;
  if (rss == 0 || rss < peaks_.rss.rss_bytes - peaks_.rss.rss_bytes / kNearPeak) return;
  const bool much_higher = rss > rss_at_pss_ + rss_at_pss_ / kPssStep;
  const bool rested = rss > rss_at_pss_ && now - pss_at_ > kPssRest;
  if ((!much_higher && !rested) || !pss_budget_.permits(now)) return;
  const auto begin = Budget::processor_time();
  PssPeak sum{instant.t_us, 0, 0, 0};
  for (const auto& [pid, process] : table_.living()) {
    if (!process->owns_memory()) continue;
    const auto reading = read_pss(pid);
    if (!reading) continue;
    sum.pss_bytes += reading->pss_bytes;
    sum.anon_huge_bytes += reading->anon_huge_bytes;
    sum.uss_bytes += reading->uss_bytes;
  }
  if (sum.pss_bytes > (pss_ ? pss_->pss_bytes : 0)) pss_ = sum;
  rss_at_pss_ = rss;
  pss_at_ = Clock::now();
  pss_budget_.spend(Budget::processor_time() - begin);
}

void TreeSampler::report(TreeEnd& end) {
  end.peaks = peaks_;
  end.page_tables_bytes = page_tables_bytes_;
  end.swap_bytes = swap_bytes_;
  end.pss_peak = pss_;
  end.timeline = timeline_.take();
  end.rss_peak_bytes = std::max(peaks_.rss.rss_bytes, table_.highest_peak_bytes());
  end.rss_peak_source =
      table_.most_at_once() <= 1 && table_.highest_is_exact() ? Source::kExact : Source::kAtLeast;
  end.resolution_bytes = counter_resolution_bytes();
}

}  // namespace splitscope::tree
