// The sink of streaming: large ranges go from file to file inside the kernel.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>

#include "strategies/interface/access_counters.h"
#include "strategies/interface/byte_sink.h"

namespace splitscope::strategies {

/// Shape of copy_file_range(2), so that a test can put a kernel that refuses in its place.
using CopyFileRange = ssize_t (*)(int from, off64_t* from_offset, int to, off64_t* to_offset,
                                  size_t length, unsigned flags);

/// Holds 64 KiB of heap. copy_from() uses copy_file_range when the source has a descriptor, and
/// goes on with small reads and writes where the kernel or the file systems cannot do that. What
/// the kernel moves counts in read_syscalls and bytes_written, and in no other counter: nobody was
/// handed those bytes. Errors: FileError; TruncatedFile when the source became shorter.
[[nodiscard]] std::unique_ptr<ByteSink> make_streaming_sink(const std::filesystem::path& path,
                                                            AccessCounters& counters,
                                                            CopyFileRange copy_file_range);

/// With the system's copy_file_range.
[[nodiscard]] std::unique_ptr<ByteSink> make_streaming_sink(const std::filesystem::path& path,
                                                            AccessCounters& counters);

}  // namespace splitscope::strategies
