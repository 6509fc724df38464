// Running a subject under a CommandTree and asking what became of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/testing/temporary_folder.h"
#include "harness/tree/command_tree.h"

namespace splitscope::tree {

inline Launch launch_of(std::vector<std::string> arguments) {
  Launch launch;
  launch.arguments = std::move(arguments);
  launch.environment = {"PATH=/usr/bin:/bin"};
  launch.spawner = SPLITSCOPE_SPAWNER;
  return launch;
}

inline std::chrono::steady_clock::time_point soon() {
  return std::chrono::steady_clock::now() + std::chrono::seconds(60);
}

inline TreeEnd run(const Launch& launch) { return CommandTree(launch).wait(soon()); }

/// A run of testing/subject.c with what its processes said of themselves.
struct Told {
  TreeEnd end;
  /// Process -> its marks in the order of telling, one for each image.
  std::map<pid_t, std::vector<std::uint64_t>> truth;

  [[nodiscard]] const ProcessRecord* row(pid_t pid) const {
    for (const ProcessRecord& record : end.processes) {
      if (record.pid == pid) return &record;
    }
    return nullptr;
  }
};

inline Told run_subject(std::vector<std::string> arguments, bool trace = true,
                        const char* subject = SPLITSCOPE_SUBJECT,
                        bool wait_for_descendants = false) {
  const test::TemporaryFolder folder;
  const auto truth = folder / "truth";
  arguments.insert(arguments.begin(), subject);
  Launch launch = launch_of(std::move(arguments));
  launch.trace = trace;
  launch.wait_for_descendants = wait_for_descendants;
  launch.environment.push_back("TRUTH=" + truth.string());
  Told told{run(launch), {}};
  std::ifstream in(truth);
  pid_t pid = 0;
  for (std::uint64_t kib = 0; in >> pid >> kib;) told.truth[pid].push_back(kib * 1024);
  return told;
}

/// 256 KiB or 0.5 %, whichever is more.
inline bool is_close(std::uint64_t measured, std::uint64_t truth) {
  const std::uint64_t off = std::max(measured, truth) - std::min(measured, truth);
  return off <= std::max<std::uint64_t>(256 * 1024, truth / 200);
}

}  // namespace splitscope::tree
