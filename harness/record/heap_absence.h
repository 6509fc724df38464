// Why a process has no heap figures, or none that say anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "harness/record/heap_slots.h"

namespace splitscope::record {

/// What an executable file says of itself.
struct ExecutableFacts {
  bool readable = false;     ///< the rest is known
  bool interpreter = false;  ///< names a dynamic linker (PT_INTERP), which loads the shim
  bool this_machine = true;  ///< of the class and machine that the shim was built for
  bool set_id = false;       ///< gives its process another user, group or capability
};

/// Reads the file; facts of a file that cannot be read, or is no ELF file, are not `readable`.
/// Whether a set-user-id file changes anything depends on who starts it: `for_uid` and `for_gid`
/// are those of whoever does.
[[nodiscard]] ExecutableFacts executable_facts(const std::filesystem::path& file, uid_t for_uid,
                                               gid_t for_gid) noexcept;

/// What the observer of a process knows of it.
struct ObservedProcess {
  ExecutableFacts executable;
  bool executed = true;               ///< not just forked: runs a program that it started with
  std::uint64_t rss_anon_bytes = 0;   ///< its highest, where known
  std::uint64_t slots_unclaimed = 0;  ///< HeapSlots::unclaimed()
};

/// Nothing where `slot` holds figures of the process's heap; else the reason why there are none.
/// `slot` is null for a process that claimed none.
[[nodiscard]] std::optional<std::string> heap_absent_because(const ObservedProcess& process,
                                                             const HeapSlot* slot);

}  // namespace splitscope::record
