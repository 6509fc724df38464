// The environment of a program that is about to start, with what the shim needs put back. Pure, and
// safe between vfork and exec: no allocation, no locks.
#pragma once

#include <cstddef>

namespace splitscope::record::shim {

/// What a started program is to be given; null for what there is none of. Texts are borrowed.
struct HandedOn {
  const char* shim;    ///< path of the shim's library
  const char* slots;   ///< path of the slot file
  const char* phases;  ///< number of the descriptor of phases
};

/// The value of a variable, or null. Of several the last, which the dynamic linker takes.
const char* value_in(char* const* environment, const char* name);

/// Whether nothing need be put back: the shim is first in LD_PRELOAD, the rest is there.
bool carries(char* const* environment, const HandedOn& handed_on);

/// Bytes that `put_back` needs.
std::size_t put_back_bytes(char* const* environment, const HandedOn& handed_on);

/// The environment with the shim before whatever LD_PRELOAD had and the slot file as ours; a phases
/// descriptor that is there stays. Lies in `memory` (aligned for pointers), which must outlive it
/// like the texts of `environment`.
char* const* put_back(char* const* environment, const HandedOn& handed_on, void* memory);

}  // namespace splitscope::record::shim
