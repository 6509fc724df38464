// What a workload needs around it while it is measured.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/s3_process.h"
#include "workloads/workload_info.h"

namespace splitscope::run {

struct Surroundings {
  /// The library that holds the workload.
  std::optional<std::filesystem::path> library;
  /// More variables for the child, "NAME=value".
  std::vector<std::string> environment;
  /// Options that only this run knows, such as a server's port: no part of the case.
  std::map<std::string, std::string> options;
};

/// Makes what workloads need, each once, and keeps it until it is destroyed. Single-threaded.
class SurroundingsMaker {
 public:
  /// Starts the server if `workload` is the first that needs it. Errors: those of S3Process.
  [[nodiscard]] Surroundings of(const workloads::WorkloadInfo& workload);

 private:
  std::optional<S3Process> s3_;
};

}  // namespace splitscope::run
