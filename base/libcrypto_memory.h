// libcrypto does not look at every answer of malloc.
#pragma once

namespace splitscope {

/// From now on a failed allocation inside libcrypto is "out of memory while ..." and exit status 1,
/// instead of a fault somewhere later. Must come before libcrypto's first allocation; for programs,
/// not for measured children.
void end_when_libcrypto_runs_out_of_memory() noexcept;

}  // namespace splitscope
