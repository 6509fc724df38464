#include "harness/record/resident_recorder.h"

#include <algorithm>
#include <string>

namespace splitscope::record {
namespace {

void raise(std::atomic<std::uint64_t>& peak, std::uint64_t value) noexcept {
  std::uint64_t seen = peak.load(std::memory_order_relaxed);
  while (value > seen && !peak.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

constexpr const char* kNoStatus = "/proc/self/status does not say";
constexpr const char* kNoKinds =
    "/proc/self/status does not tell kinds of memory apart (RssAnon, since kernel 4.5)";

void put(Measures& into, const char* key, std::optional<std::uint64_t> value, const char* why) {
  into.push_back(value ? Measure::of(key, *value) : Measure::absent(key, why));
}

std::optional<std::uint64_t> resident_bytes(const ProcStatus& status) {
  if (!status.rss_bytes) return std::nullopt;
  return *status.rss_bytes + status.hugetlb_bytes.value_or(0);
}

}  // namespace

std::optional<std::uint64_t> high_water_bytes(const ProcStatus& status) noexcept {
  if (!status.peak_rss_bytes || !status.rss_bytes) return std::nullopt;
  return std::max(*status.peak_rss_bytes, *status.rss_bytes) + status.hugetlb_bytes.value_or(0);
}

std::optional<ResidentSample> to_sample(const ProcStatus& status) noexcept {
  if (!status.rss_anon_bytes || !status.rss_file_bytes || !status.rss_shmem_bytes) {
    return std::nullopt;
  }
  ResidentSample sample;
  sample.anon_bytes = *status.rss_anon_bytes;
  sample.file_bytes = *status.rss_file_bytes;
  sample.shmem_bytes = *status.rss_shmem_bytes;
  return sample;
}

ResidentRecorder::ResidentRecorder(TimelineChannel* timeline)
    : timeline_(timeline), shim_(HeapShim::find()) {
  if (shim_.unusable_because() != nullptr) shim_ = HeapShim();
}

ResidentRecorder::~ResidentRecorder() {
  if (shim_.on_release != nullptr) shim_.on_release(nullptr, nullptr);
}

ProcStatus ResidentRecorder::sample(ProcFile& status_file) noexcept {
  const ProcStatus status = parse_status(status_file.read());
  if (auto sample = to_sample(status)) {
    raise(peak_total_, sample->rss_bytes() + status.hugetlb_bytes.value_or(0));
    raise(peak_anon_, sample->anon_bytes);
    raise(peak_file_, sample->file_bytes);
    raise(peak_shmem_, sample->shmem_bytes);
    if (timeline_ != nullptr) {
      sample->t_us = timeline_->now_us();
      sample->heap_bytes = timeline_->live_heap_bytes();
      timeline_->add_sample(*sample);
    }
  }
  return status;
}

void ResidentRecorder::before_release(void* self) noexcept {
  auto& recorder = *static_cast<ResidentRecorder*>(self);
  recorder.sample(recorder.hook_status_);
}

void ResidentRecorder::start() {
  // The first reading runs through code and pages that later ones use too.
  (void)parse_status(status_.read());
  (void)parse_smaps_rollup(rollup_.read());
  if (shim_.on_release != nullptr) shim_.on_release(&before_release, this);
  mark_reset_ = reset_high_water_mark();
  floor_ = sample(status_);
}

void ResidentRecorder::phase(std::string_view /*name*/) noexcept { (void)sample(status_); }

void ResidentRecorder::read() noexcept {
  end_ = sample(status_);
  end_rollup_ = parse_smaps_rollup(rollup_.read());
  if (shim_.on_release != nullptr) shim_.on_release(nullptr, nullptr);
}

Measures ResidentRecorder::build() const {
  Measures measures;
  const auto mark = high_water_bytes(end_);
  const auto floor = resident_bytes(floor_);
  const char* no_peak =
      mark_reset_ ? kNoStatus
                  : "the kernel does not let this process reset its VmHWM (/proc/self/clear_refs)";
  std::optional<std::uint64_t> peak;
  std::optional<std::uint64_t> net;
  if (mark_reset_ && mark) {
    const auto highest = std::max(*mark, peak_total_.load(std::memory_order_relaxed));
    peak = highest;
    if (floor) net = highest - std::min(highest, *floor);
  }
  put(measures, "peak_rss_bytes", peak, no_peak);
  put(measures, "floor_rss_bytes", floor, kNoStatus);
  put(measures, "net_peak_rss_bytes", net, no_peak);

  const bool kinds = to_sample(floor_).has_value();
  const auto kind = [kinds](std::uint64_t value) {
    return kinds ? std::optional(value) : std::nullopt;
  };
  const std::uint64_t anon = peak_anon_.load(std::memory_order_relaxed);
  put(measures, "peak_rss_anon_bytes", kind(anon), kNoKinds);
  put(measures, "peak_rss_file_bytes", kind(peak_file_.load(std::memory_order_relaxed)), kNoKinds);
  put(measures, "peak_rss_shmem_bytes", kind(peak_shmem_.load(std::memory_order_relaxed)),
      kNoKinds);
  put(measures, "net_peak_rss_anon_bytes", kind(anon - floor_.rss_anon_bytes.value_or(0)),
      kNoKinds);
  put(measures, "end_rss_bytes", resident_bytes(end_), kNoStatus);
  put(measures, "end_rss_anon_bytes", end_.rss_anon_bytes, kNoKinds);
  put(measures, "swap_bytes", end_.swap_bytes, kNoStatus);
  put(measures, "anon_huge_bytes", end_rollup_.anon_huge_bytes,
      "no /proc/self/smaps_rollup (since kernel 4.14)");
  return measures;
}

}  // namespace splitscope::record
