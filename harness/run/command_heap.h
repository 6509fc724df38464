// The heap of a foreign command: the shim in each of its processes, counting in one shared file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/staging.h"
#include "harness/record/heap_slots.h"
#include "harness/run/sample.h"
#include "harness/tree/launch.h"
#include "harness/tree/tree_end.h"

namespace splitscope::run {

/// One of these for each time a command is run. What it makes in shared memory goes with it, or
/// with the next start after kill -9.
class CommandHeap {
 public:
  /// Without `wanted`, and where the shim or its place is not there, all figures are absent with
  /// that reason.
  explicit CommandHeap(bool wanted);

  /// Before the launch: the environment and the hooks. This must outlive the tree.
  void prepare(tree::Launch& launch);
  /// After the end: figures of the tree, and those of each process into its row. `rows` are those
  /// of `end`, in its order.
  void add(const tree::TreeEnd& end, std::vector<ProcessRow>& rows, Sample& sample) const;

 private:
  void add_to_rows(const std::vector<record::HeapSlot>& slots, const tree::TreeEnd& end,
                   std::vector<ProcessRow>& rows) const;

  std::string absent_because_;
  std::optional<Staging> place_;
  std::optional<record::HeapSlots> slots_;
};

}  // namespace splitscope::run
