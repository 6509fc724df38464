// The sink of full-copy: the whole output on the heap before the first byte is written.
#pragma once

#include <filesystem>
#include <memory>

#include "strategies/interface/access_counters.h"
#include "strategies/interface/byte_sink.h"

namespace splitscope::strategies {

/// Grows by doubling, as a vector that is appended to does, and writes everything in finish().
/// Errors: FileError, std::bad_alloc.
[[nodiscard]] std::unique_ptr<ByteSink> make_gathering_sink(const std::filesystem::path& path,
                                                            AccessCounters& counters);

}  // namespace splitscope::strategies
