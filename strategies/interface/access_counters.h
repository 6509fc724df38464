// What a strategy was asked for and what it did about it.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace splitscope {

/// What was asked for and written is counted in the bases of ByteSource, Scan and ByteSink; copies
/// and system calls where they are made, in the parts that strategies are built of
/// (strategies/io/). Reset by the harness at the start of the window. Relaxed atomics: totals are
/// read when the work is over.
struct AccessCounters {
  static constexpr std::size_t kSizeClasses = 48;

  /// Bytes that the workload was handed by read() and scan windows.
  std::atomic<std::uint64_t> bytes_requested{0};
  /// Bytes that were copied into process memory on the way: pread, memcpy out of a mapping.
  std::atomic<std::uint64_t> bytes_copied{0};
  /// Calls of read() and windows of scans.
  std::atomic<std::uint64_t> reads{0};
  /// System calls that read file bytes (pread, copy_file_range); page faults are counted elsewhere.
  std::atomic<std::uint64_t> read_syscalls{0};
  /// Bytes that sinks were given by write() and copy_from().
  std::atomic<std::uint64_t> bytes_written{0};
  /// Reads by size: class k counts sizes in [2^(k-1), 2^k), class 0 empty reads.
  std::array<std::atomic<std::uint64_t>, kSizeClasses> read_sizes{};

  void count_copied(std::uint64_t size) noexcept {
    bytes_copied.fetch_add(size, std::memory_order_relaxed);
  }

  void count_read(std::uint64_t size) noexcept {
    bytes_requested.fetch_add(size, std::memory_order_relaxed);
    reads.fetch_add(1, std::memory_order_relaxed);
    const auto size_class = static_cast<std::size_t>(std::bit_width(size));
    read_sizes[size_class < kSizeClasses ? size_class : kSizeClasses - 1].fetch_add(
        1, std::memory_order_relaxed);
  }
};

}  // namespace splitscope
