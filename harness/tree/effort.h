// What processes cost in time, summed.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "harness/tree/tree_end.h"

namespace splitscope::tree {

/// Adds what wait4(2) said of one process and those that it had waited for.
inline void add_effort(const rusage& usage, TreeEnd& end) {
  const auto time = [](const timeval& value) {
    return std::chrono::seconds(value.tv_sec) + std::chrono::microseconds(value.tv_usec);
  };
  end.user += time(usage.ru_utime);
  end.system += time(usage.ru_stime);
  end.minor_faults += static_cast<std::uint64_t>(usage.ru_minflt);
  end.major_faults += static_cast<std::uint64_t>(usage.ru_majflt);
  end.voluntary_switches += static_cast<std::uint64_t>(usage.ru_nvcsw);
  end.involuntary_switches += static_cast<std::uint64_t>(usage.ru_nivcsw);
}

}  // namespace splitscope::tree
