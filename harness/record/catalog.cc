#include "harness/record/catalog.h"

#include <vector>

#include "harness/record/allocator_recorder.h"
#include "harness/record/cgroup_recorder.h"
#include "harness/record/effort_recorder.h"
#include "harness/record/heap_recorder.h"
#include "harness/record/leftover_recorder.h"
#include "harness/record/page_cache.h"
#include "harness/record/phase_recorder.h"
#include "harness/record/resident_recorder.h"

namespace splitscope::record {

// Read from the last to the first: the clock stops before anything else happens, the last phase
// ends while the heap's window is open, and the resident set is read before the slow ones are.
// Counting leftovers allocates nothing and takes some 50 us, which the last phase is longer for.
std::unique_ptr<RecorderSet> make_recorders(const RecorderOptions& options) {
  std::vector<std::unique_ptr<WindowRecorder>> recorders;
  recorders.push_back(
      std::make_unique<PageCacheRecorder>(options.input_files, options.output_folder));
  recorders.push_back(std::make_unique<CgroupRecorder>(options.cgroup_path));
  recorders.push_back(std::make_unique<AllocatorRecorder>());
  recorders.push_back(std::make_unique<ResidentRecorder>(options.timeline));
  recorders.push_back(std::make_unique<HeapRecorder>(options.timeline));
  recorders.push_back(std::make_unique<PhaseRecorder>(options.timeline, options.phase_pss));
  // Behind those that keep descriptors of their own, so that it does not count them.
  recorders.push_back(std::make_unique<LeftoverRecorder>());
  recorders.push_back(std::make_unique<EffortRecorder>());
  return std::make_unique<RecorderSet>(std::move(recorders));
}

}  // namespace splitscope::record
