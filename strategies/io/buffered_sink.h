// The sink of strategies that model reading only: a file behind one buffer.
#pragma once

#include <filesystem>
#include <memory>

#include "strategies/interface/access_counters.h"
#include "strategies/interface/byte_sink.h"

namespace splitscope::strategies {

/// Holds 128 KiB of heap: from there on larger writes save no time. Errors: FileError.
[[nodiscard]] std::unique_ptr<ByteSink> make_buffered_sink(const std::filesystem::path& path,
                                                           AccessCounters& counters);

}  // namespace splitscope::strategies
