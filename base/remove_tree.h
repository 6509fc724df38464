// Removing a folder of our own with calls that a signal handler may make: no allocation, no locks.
#pragma once

namespace splitscope {

/// Removes `path` with everything in it; links are removed, not followed. `last` is a name directly
/// in it that goes after everything else. Returns 0 when nothing is left, else an errno value. A
/// passing failure is tried again. Any thread, also in a signal handler.
int remove_tree(const char* path, const char* last = nullptr) noexcept;

}  // namespace splitscope
