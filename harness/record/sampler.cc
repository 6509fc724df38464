#include "harness/record/sampler.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "harness/record/proc_status.h"

namespace splitscope::record {
namespace {

// A 16th of the reads keeps status at a smaller part of the cost than statm and the wake-up; and
// one more where files and shared memory together have grown, which statm cannot tell apart.
constexpr unsigned kStatusEvery = 16;
// Less than that is booked as the last status had it.
constexpr std::uint64_t kSharedStepBytes = 64 << 10;

}  // namespace

Sampler::Sampler(pid_t pid, const TimelineChannel* channel)
    : channel_(channel),
      statm_(ProcPath(pid, "statm").text),
      status_(ProcPath(pid, "status").text),
      started_us_(monotonic_us()),
      page_bytes_(static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))) {
  for (const ProcFile* file : {&statm_, &status_}) {
    if (!file->is_open()) (void)note_end(file->open_error());
  }
}

std::optional<ResidentSample> Sampler::note_end(int error) noexcept {
  gone_ = true;
  // What may not be looked at is as good as gone.
  const bool usual =
      error == 0 || error == ESRCH || error == ENOENT || error == EACCES || error == EPERM;
  if (!usual) error_ = error;
  return std::nullopt;
}

bool Sampler::read_status() noexcept {
  const ProcStatus status = parse_status(status_.read());
  if (!status.rss_bytes) return false;
  shmem_bytes_ = status.rss_shmem_bytes.value_or(0);
  file_bytes_ = status.rss_file_bytes.value_or(0);
  page_tables_peak_bytes_ = std::max(page_tables_peak_bytes_, status.page_tables_bytes);
  swap_peak_bytes_ = std::max(swap_peak_bytes_, status.swap_bytes);
  seen_peak_rss_bytes_ =
      std::max({seen_peak_rss_bytes_, *status.rss_bytes, status.peak_rss_bytes.value_or(0)});
  return true;
}

std::optional<ResidentSample> Sampler::sample_once() noexcept {
  if (gone_ || (channel_ != nullptr && channel_->state() != WindowState::open)) {
    return std::nullopt;
  }
  if (until_status_ == 0) {
    errno = 0;
    if (!read_status()) return note_end(errno);
    until_status_ = kStatusEvery;
  }
  --until_status_;
  errno = 0;
  auto statm = parse_statm(statm_.read());
  if (!statm) return note_end(errno);
  std::uint64_t shared = std::min(statm->shared_pages, statm->resident_pages) * page_bytes_;
  if (shared > shmem_bytes_ + file_bytes_ + kSharedStepBytes) {
    errno = 0;
    if (!read_status()) return note_end(errno);
    until_status_ = kStatusEvery;
    statm = parse_statm(statm_.read());
    if (!statm) return note_end(errno);
    shared = std::min(statm->shared_pages, statm->resident_pages) * page_bytes_;
  }
  ResidentSample sample;
  sample.t_us = channel_ != nullptr ? channel_->now_us() : monotonic_us() - started_us_;
  sample.anon_bytes = statm->resident_pages * page_bytes_ - shared;
  sample.shmem_bytes = std::min(shmem_bytes_, shared);
  sample.file_bytes = shared - sample.shmem_bytes;
  sample.heap_bytes = channel_ != nullptr ? channel_->live_heap_bytes() : kUnknown;
  seen_peak_rss_bytes_ = std::max(seen_peak_rss_bytes_, sample.rss_bytes());
  return sample;
}

}  // namespace splitscope::record
