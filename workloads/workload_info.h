// What a workload says of itself: all that a catalog, a suite and the command line need to know.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/workload.h"

namespace splitscope::workloads {

/// What of a data set a workload takes: nothing, one index folder, one split, or all splits.
enum class WorkloadInput { kNone, kIndex, kSplit, kSplits };

/// What must stand ready while it runs.
enum class WorkloadNeed {
  kNothing,
  /// An S3 server; `run` starts one and passes its "endpoint" as an option.
  kS3Server
};

/// One of WorkloadSpec::options. In a suite it is written as `key`, on the command line with
/// hyphens: "part_size" and --part-size.
struct WorkloadOption {
  enum class Kind {
    kText,
    /// "true" or "false"; on the command line without a value.
    kFlag,
    /// Given by the program that runs the workload, never by its user.
    kInternal
  };

  std::string key;
  /// One line for people.
  std::string about;
  Kind kind = Kind::kText;
};

struct WorkloadInfo {
  std::string name;
  /// One line for people.
  std::string summary;
  WorkloadInput input = WorkloadInput::kNone;
  std::vector<WorkloadOption> options = {};
  WorkloadNeed need = WorkloadNeed::kNothing;
  /// File name of a library that holds it (WorkloadSpec::library); empty when it is in the program.
  std::string library = {};
  std::function<std::unique_ptr<Workload>(const WorkloadSpec& spec)> make;
};

/// Errors: UsageError that names the workload, the first option that it does not have, or that its
/// user may not give, and those that there are.
void check_options(const WorkloadInfo& info, const std::map<std::string, std::string>& given);

}  // namespace splitscope::workloads
