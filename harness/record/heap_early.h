// Blocks whose size the allocator cannot tell yet. tcmalloc answers 0 until its own constructor has
// run, and the C++ library allocates before that.
#pragma once

#include <cstddef>

namespace splitscope::record::shim {

/// Puts itself before `next.usable_size` if that says 0 of a `block`. Such blocks count as empty
/// until end_early_blocks(). While there is one thread.
void begin_early_blocks(void* block);

/// Once constructors have run: what the blocks that still live are worth. 0 in all later calls.
[[nodiscard]] std::size_t end_early_blocks();

}  // namespace splitscope::record::shim
