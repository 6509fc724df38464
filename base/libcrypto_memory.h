// libcrypto does not look at every answer of malloc.
#pragma once

namespace splitscope {

/// From now on a failed allocation inside libcrypto is served from a small reserve, so that an
/// upload can still be aborted; when that is used up it is "out of memory while ..." and exit
/// status 1, instead of a fault somewhere later. Must come before libcrypto's first allocation; for
/// programs, not for measured children.
void give_libcrypto_a_reserve() noexcept;

}  // namespace splitscope
