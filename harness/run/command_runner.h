// Measures a command that knows nothing of splitscope: from outside, as far as that goes.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "harness/run/sample.h"

namespace splitscope::run {

struct CommandOptions {
  std::vector<std::string> command;
  std::chrono::milliseconds timeout{};
  std::chrono::microseconds sample_interval{1000};
};

struct CommandSample {
  Sample sample;
  /// Processes that the command started and that outlived it: they were ended with it.
  std::size_t left_behind = 0;
};

/// Runs it once in the user's environment and folder, with this process's output. Kinds of memory
/// and the timeline are sampled; the resident peak is the kernel's. What can only be seen from
/// inside is absent. Status kCrashed for a signal or an exit status other than 0. Errors:
/// std::system_error when the command cannot be started or watched, Interrupted.
[[nodiscard]] CommandSample measure_command(const CommandOptions& options);

}  // namespace splitscope::run
