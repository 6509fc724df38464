// Bytes that the program maps itself. The table is kept at all times, because a window may unmap
// what was mapped before it; figures are relative to the window's start.
#pragma once

#include <cstdint>

#include "harness/record/mapping_table.h"

namespace splitscope::record::shim {

/// Signed: a window may unmap more than it maps.
struct LiveMappings {
  std::int64_t anon;
  std::int64_t file;
};

struct MappingFigures {
  MappedBytes live;
  MappedBytes peak;
};

/// All figures and peaks count from here.
void open_mappings();
[[nodiscard]] MappingFigures mapping_figures();
[[nodiscard]] LiveMappings live_mappings();

/// Held over a fork, so that the child gets a whole table.
void lock_mappings();
void unlock_mappings();

}  // namespace splitscope::record::shim
