// Bytes that the program maps itself. The table is kept at all times, because a window may unmap
// what was mapped before it; figures of the window are relative to its start.
//
// Address space that is only reserved (PROT_NONE) counts from when mprotect opens it. Growth of the
// break that the program asks for itself counts as anonymous.
#pragma once

#include <cstdint>

#include "harness/record/mapping_table.h"

namespace splitscope::record::shim {

/// Signed: a window may unmap more than it maps.
struct LiveMappings {
  std::int64_t anon;
  std::int64_t file;
  std::int64_t shared;
};

struct MappingFigures {
  MappedBytes live;
  MappedBytes peak;
};

/// All figures and peaks of the window count from here.
void open_mappings();
[[nodiscard]] MappingFigures mapping_figures();
[[nodiscard]] LiveMappings live_mappings();

/// What is mapped now is a parent's: no longer counted.
void inherit_mappings();

/// Held over a fork, so that the child gets a whole table.
void lock_mappings();
void unlock_mappings();

}  // namespace splitscope::record::shim
