// The phases of a tree and what they came to.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "harness/record/heap_slots.h"
#include "harness/record/phase.h"
#include "harness/tree/phase_channel.h"
#include "harness/tree/tree_end.h"
#include "harness/tree/tree_sampler.h"

namespace splitscope::tree {

/// Each process that tells of phases has one at a time; those of several may overlap. Peaks are of
/// the whole tree. Not thread-safe.
class PhaseLog {
 public:
  /// `mark_heap` as in Launch. `sampler` must outlive this.
  PhaseLog(TreeSampler& sampler, std::function<record::HeapMark()> mark_heap);

  /// A phase begins or ends at this moment, at which the tree is sampled.
  void take(const PhaseLine& line);
  /// Its phase, if it has one, ends with it.
  void writer_ended(pid_t writer);
  /// Ends what still goes on and adds all. Call once.
  void report(TreeEnd& end);

 private:
  // Ends a stretch for all phases that go on. What the heap came to in it.
  record::HeapMark mark();
  void close(pid_t writer, std::uint64_t now_us, std::uint64_t end_heap_bytes);

  TreeSampler& sampler_;
  std::function<record::HeapMark()> mark_heap_;
  std::vector<record::Phase> phases_;
  // Writer -> place of its phase that goes on.
  std::unordered_map<pid_t, std::size_t> open_;
  std::unordered_set<pid_t> writers_;
  std::uint64_t left_out_ = 0;
};

}  // namespace splitscope::tree
