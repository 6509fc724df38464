// Places in a mapped slot file, and what the shim's parts ask of it. Not for the hot path.
#pragma once

#include <cstdint>

#include "harness/record/heap_slots_layout.h"
#include "harness/record/mapping_table.h"

namespace splitscope::record::shim {

inline constexpr std::uint32_t kNoExtension = ~std::uint32_t{0};

/// The header of the mapped file; only after attach_slots() found one.
[[nodiscard]] HeapSlotsHeader& slots_header();

/// Where the threads of this process count; null when none is left.
[[nodiscard]] HeapSlotExtension* extension_of(HeapSlotMemory& slot);

/// Sets what a fresh slot needs before it counts.
void start_slot(HeapSlotMemory& slot);

/// Before `bytes` of mapped memory go away.
void slot_before_unmapping(HeapSlotMemory& slot, MappingKind kind, std::size_t bytes);
/// Forgets what a parent's releases were like.
void open_slot_readings();

}  // namespace splitscope::record::shim
