#include "harness/tree/phase_log.h"

#include <utility>

namespace splitscope::tree {

using record::HeapMark;
using record::kUnknown;
using record::Phase;

namespace {

void add_readings(const HeapMark& heap, Phase& phase) {
  if (heap.rss_peak_bytes == 0) return;
  Phase::raise(phase.peak_rss_bytes, heap.rss_peak_bytes);
  Phase::raise(phase.peak_rss_anon_bytes, heap.rss_anon_peak_bytes);
  Phase::raise(phase.peak_rss_file_bytes, heap.rss_file_peak_bytes);
  Phase::raise(phase.peak_rss_shmem_bytes, heap.rss_shmem_peak_bytes);
}

void add_stretch(const TreeInstant& highest, Phase& phase) {
  if (highest.processes == 0) return;
  Phase::raise(phase.peak_rss_bytes, highest.rss_bytes);
  Phase::raise(phase.peak_rss_anon_bytes, highest.anon_bytes);
  Phase::raise(phase.peak_rss_file_bytes, highest.file_bytes);
  Phase::raise(phase.peak_rss_shmem_bytes, highest.shmem_bytes);
}

}  // namespace

PhaseLog::PhaseLog(TreeSampler& sampler, std::function<HeapMark()> mark_heap)
    : sampler_(sampler), mark_heap_(std::move(mark_heap)) {}

HeapMark PhaseLog::mark() {
  const TreeInstant highest = sampler_.end_stretch();
  const HeapMark heap = mark_heap_ ? mark_heap_() : HeapMark();
  for (const auto& [writer, place] : open_) {
    Phase& phase = phases_[place];
    Phase::raise(phase.peak_heap_bytes, heap.peak_bytes);
    add_readings(heap, phase);
    add_stretch(highest, phase);
  }
  return heap;
}

void PhaseLog::close(pid_t writer, std::uint64_t now_us, std::uint64_t end_heap_bytes) {
  const auto open = open_.find(writer);
  if (open == open_.end()) return;
  Phase& phase = phases_[open->second];
  phase.end_us = now_us;
  phase.end_heap_bytes = end_heap_bytes;
  open_.erase(open);
}

void PhaseLog::take(const PhaseLine& line) {
  const bool begins = !line.name.empty();
  const bool has_place = begins && phases_.size() < record::kMaxPhases;
  if (begins && !has_place) ++left_out_;
  // Looking costs time, and nothing is asked of what is left out.
  if (!has_place && !open_.contains(line.writer)) return;
  sampler_.sample_now();
  const std::uint64_t now = sampler_.now_us();
  close(line.writer, now, mark().live_bytes);
  if (!has_place) return;
  writers_.insert(line.writer);
  Phase phase;
  phase.name = line.name;
  phase.start_us = now;
  phase.pid = line.writer;
  open_[line.writer] = phases_.size();
  phases_.push_back(std::move(phase));
}

void PhaseLog::writer_ended(pid_t writer) {
  if (!open_.contains(writer)) return;
  (void)mark();
  // Its heap has gone with it.
  close(writer, sampler_.now_us(), kUnknown);
}

void PhaseLog::report(TreeEnd& end) {
  (void)mark();
  const std::uint64_t now = sampler_.now_us();
  for (const auto& [writer, place] : open_) phases_[place].end_us = now;
  open_.clear();
  if (writers_.size() < 2) {
    for (Phase& phase : phases_) phase.pid = 0;
  }
  end.phases = std::move(phases_);
  end.phases_left_out = left_out_;
}

}  // namespace splitscope::tree
