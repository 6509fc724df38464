// Programs that a counted one starts are counted too, also with an environment that somebody
// cleaned: the functions of the exec family put back what the shim needs. Nothing is changed in a
// process that was not given a slot file.
#pragma once

namespace splitscope::record::shim {

/// Finds the C library's functions; in the exec wrappers it would be too late, because a child of
/// vfork may not.
void look_up_exec();

/// Keeps what children are to be given. `environment` is that of this program's start and outlives
/// it.
void remember_handed_on(char* const* environment);

}  // namespace splitscope::record::shim
