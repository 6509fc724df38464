// The recorders that a measured process runs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/record/recorder_set.h"
#include "harness/record/timeline.h"

namespace splitscope::record {

struct RecorderOptions {
  /// Where window, phases and samples are published; may be null. Must outlive the recorders.
  TimelineChannel* timeline = nullptr;
  /// Folder of the cgroup that holds this process and nothing else; empty when there is none.
  std::string cgroup_path = {};
  /// Whether phase ends read PSS. That walks the page tables: about 1 ms per 64 MiB resident.
  bool phase_pss = true;
  /// Files that the workload reads, and the folder into which it writes; both may be empty.
  std::vector<std::string> input_files = {};
  std::string output_folder = {};
};

/// Every recorder, in the order in which a window needs them:
///   auto recorders = make_recorders({.timeline = &channel});
///   recorders->start(); ... recorders->phase("postings"); ... Measures m = recorders->stop();
/// start() opens the window of the timeline, stop() closes it.
[[nodiscard]] std::unique_ptr<RecorderSet> make_recorders(const RecorderOptions& options);

}  // namespace splitscope::record
