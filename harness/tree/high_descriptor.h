// Numbers of descriptors that are in nobody's way.
#pragma once

#include "harness/tree/descriptor.h"

namespace splitscope::tree {

/// Takes `fd` over and gives its file a number from 100 on, above what shells and make hand on to
/// their children; close-on-exec. Not open, with errno, when no number is left.
[[nodiscard]] Descriptor moved_up(int fd) noexcept;

}  // namespace splitscope::tree
