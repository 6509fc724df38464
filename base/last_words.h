// One line on standard error from a process that can no longer allocate or trust itself.
#pragma once

#include <initializer_list>

namespace splitscope {

/// Writes "splitscope: ", the parts and a line break with one system call; a line break within a
/// part becomes a space. Callable from a signal handler.
void last_words(std::initializer_list<const char*> parts) noexcept;

/// True once there were any: what fails on the way out has nothing to add.
[[nodiscard]] bool last_words_said() noexcept;

}  // namespace splitscope
