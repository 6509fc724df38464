// A way of reaching bytes: factory of sources and sinks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "strategies/interface/byte_sink.h"
#include "strategies/interface/byte_source.h"

namespace splitscope {

/// Holds its options and, if it has one, its pool. Outlives the sources and sinks that it made
/// (Bytes may outlive it). Methods may be called from several threads at once.
class Strategy {
 public:
  virtual ~Strategy() = default;

  /// Canonical name with the options that differ from their defaults: "lazy-mmap:window=1MiB".
  [[nodiscard]] virtual std::string name() const = 0;

  /// Errors: std::system_error that names the file.
  [[nodiscard]] virtual std::unique_ptr<ByteSource> open(const std::filesystem::path& path) = 0;

  /// Replaces an existing file at finish(). Errors: std::system_error that names the file.
  [[nodiscard]] virtual std::unique_ptr<ByteSink> create(const std::filesystem::path& path) = 0;

  /// The strategy's own claim, in bytes: the most memory (heap plus mapped) that reaching files of
  /// these sizes, all open at once, takes. Reported beside the measured peak.
  [[nodiscard]] virtual std::uint64_t expected_peak(
      std::span<const std::uint64_t> input_sizes) const = 0;
};

}  // namespace splitscope
