// Which folders a dying process has to remove: a table that a signal handler may read.
#pragma once

#include <cstddef>

namespace splitscope {

/// Enters a path, which must stay valid and unchanged until it is taken out. Returns its slot.
/// Throws std::length_error beyond 64 at once. Any thread.
std::size_t enter_staging(const char* path);
void leave_staging(std::size_t slot) noexcept;

/// Removes every folder in the table. For signal handlers and last acts.
void remove_entered_stagings() noexcept;

}  // namespace splitscope
