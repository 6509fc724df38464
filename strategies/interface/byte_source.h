// Reading: the two ways in which a workload reaches the bytes of one file. What is public checks
// and counts; what a strategy implements is protected and does neither.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "strategies/interface/access_counters.h"
#include "strategies/interface/bytes.h"

namespace splitscope {

class ByteSource;

/// One forward pass over a range. The strategy chooses the windows: a copy of the whole range
/// yields one, streaming yields many small ones. Records may straddle windows. Single-threaded;
/// must not outlive its ByteSource.
class Scan {
 public:
  Scan() noexcept = default;
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;
  virtual ~Scan() = default;

  /// The next window, empty at the end of the range; counts it for the source that made the scan.
  /// Drop the previous window first: a strategy may reuse its memory, so a window is valid until
  /// the next call or until the Scan is destroyed. Errors: std::system_error when reading fails,
  /// TruncatedFile when the file became shorter.
  Bytes next();

 protected:
  /// What next() hands out; empty at the end, and again after it.
  virtual Bytes next_window() = 0;

 private:
  friend class ByteSource;
  // Set by the source that made it; not its counters, because most scans need the source as well.
  const ByteSource* source_ = nullptr;
};

/// An open file. Const methods may be called from several threads at once; `size()` is what the
/// file had when it was opened. Ranges that do not lie within it throw RangeError before anything
/// is read or counted.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  [[nodiscard]] std::uint64_t size() const { return file_size(); }
  /// What messages call the file. Valid as long as the source.
  [[nodiscard]] std::string_view name() const { return file_name(); }

  /// Random access: a footer, the postings of one term. The result may outlive this source.
  /// Errors: RangeError, std::system_error, TruncatedFile; all name the file and the offset.
  [[nodiscard]] Bytes read(std::uint64_t offset, std::size_t length) const {
    check(offset, length);
    if (counters_ != nullptr) counters_->count_read(length);
    if (length == 0) return {};
    return read_range(offset, length);
  }

  /// One forward pass over [offset, offset + length): a dictionary, a store, a column.
  /// Errors: RangeError at once; the others from Scan::next().
  [[nodiscard]] std::unique_ptr<Scan> scan(std::uint64_t offset, std::uint64_t length) const;

 protected:
  /// Counts nothing: for sources in tests, and for adaptors, whose inner source counts already.
  ByteSource() noexcept = default;
  /// `counters` must outlive the source.
  explicit ByteSource(AccessCounters& counters) noexcept : counters_(&counters) {}
  ByteSource(const ByteSource&) = default;
  ByteSource& operator=(const ByteSource&) = default;

  [[nodiscard]] virtual std::uint64_t file_size() const = 0;
  [[nodiscard]] virtual std::string_view file_name() const = 0;

  /// The range lies within the file and is not empty. The result must not need this source.
  [[nodiscard]] virtual Bytes read_range(std::uint64_t offset, std::size_t length) const = 0;

  /// The range lies within the file; it may be empty. Unless this is overridden: one window, which
  /// read_range() makes when it is asked for. A scan that another source made counts for that one.
  [[nodiscard]] virtual std::unique_ptr<Scan> scan_range(std::uint64_t offset,
                                                         std::uint64_t length) const;

  /// Null for a source that counts nothing.
  [[nodiscard]] AccessCounters* counters() const noexcept { return counters_; }

 private:
  friend class Scan;
  class WholeRangeScan;
  class ForwardedScan;

  void check(std::uint64_t offset, std::uint64_t length) const {
    const std::uint64_t bytes = file_size();
    if (offset > bytes || length > bytes - offset) refuse(offset, length, bytes);
  }
  void refuse(std::uint64_t offset, std::uint64_t length, std::uint64_t bytes) const;

  AccessCounters* counters_ = nullptr;
};

inline Bytes Scan::next() {
  Bytes window = next_window();
  if (source_ != nullptr && source_->counters_ != nullptr && !window.empty()) {
    source_->counters_->count_read(window.size());
  }
  return window;
}

}  // namespace splitscope
