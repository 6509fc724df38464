// Files of the inputs that are no part of an index, such as a writer's own notes: they go along.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "workloads/merge/merge_inputs.h"

namespace splitscope::workloads {

enum class UnknownFiles { kCarry, kDrop };

/// What an input holds beside meta.json, `.managed.json`, split_fields and the files of segments
/// (those of segments that meta.json does not list too: tantivy has merged them away). The merged
/// split gets them when every input has the same bytes under the same name. Must not outlive the
/// inputs.
class CarriedFiles {
 public:
  /// Compares them, if there are any; without any this allocates nothing. Errors: UsageError that
  /// names the file and the inputs that do not agree on it, or a name that a split cannot have.
  CarriedFiles(const MergeInputs& inputs, UnknownFiles choice);

  /// Copies them into `folder`, from the first input.
  void copy_to(Strategy& strategy, const std::filesystem::path& folder) const;

  /// Throws WrongOutput unless `merged` has them with the same bytes, and no others.
  void check(formats::IndexFiles& merged) const;

 private:
  formats::IndexFiles& first_;
  std::vector<std::string> names_;
};

}  // namespace splitscope::workloads
