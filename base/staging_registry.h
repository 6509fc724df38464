// Which folders a dying process has to remove: a table that a signal handler may read.
#pragma once

#include <cstddef>

namespace splitscope {

/// Enters a path, which must stay valid and unchanged until it is taken out. Returns its slot.
/// Throws std::length_error beyond 64 at once. Any thread.
std::size_t enter_staging(const char* path);

/// Gives two descriptors to the slot, which owns them from now on: with these closed there are
/// enough to remove the folder, however many the process holds.
void hold_for_removal(std::size_t slot, int first, int second) noexcept;
void close_held(std::size_t slot) noexcept;

/// Closes what is held, too.
void leave_staging(std::size_t slot) noexcept;

/// Removes every folder in the table. For signal handlers and last acts.
void remove_entered_stagings() noexcept;

}  // namespace splitscope
