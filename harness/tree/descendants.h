// What descends from this process.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace splitscope::tree {

struct Descendant {
  pid_t pid = 0;
  pid_t parent = 0;
};

/// All descendants of this process but `spared` and what hangs below them, parents before children;
/// the dead that nobody waited for yet included. Empty where /proc is not this namespace's.
void list_descendants(std::span<const pid_t> spared, std::vector<Descendant>& found);

/// Sends `signal` to `pid` if it is a descendant of this process at this moment: it is looked at
/// with a descriptor of it in hand, so that another process that gets the same number is never
/// meant.
bool signal_descendant(pid_t pid, int signal) noexcept;

}  // namespace splitscope::tree
