// Reading: the two ways in which a workload reaches the bytes of one file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "strategies/interface/bytes.h"

namespace splitscope {

/// One forward pass over a range. The strategy chooses the windows: a copy of the whole range
/// yields one, streaming yields many small ones. Records may straddle windows. Single-threaded;
/// must not outlive its ByteSource.
class Scan {
 public:
  virtual ~Scan() = default;

  /// The next window, empty at the end of the range. Drop the previous window first: a strategy may
  /// reuse its memory, so a window is valid until the next call or until the Scan is destroyed.
  /// Errors: std::system_error when reading fails, TruncatedFile when the file became shorter.
  virtual Bytes next() = 0;
};

/// An open file. Const methods may be called from several threads at once; `size()` is what the
/// file had when it was opened. Ranges that do not lie within it throw RangeError before anything
/// is read.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  [[nodiscard]] virtual std::uint64_t size() const = 0;

  /// Random access: a footer, the postings of one term. The result may outlive this source.
  /// Errors: RangeError, std::system_error, TruncatedFile; all name the file and the offset.
  [[nodiscard]] virtual Bytes read(std::uint64_t offset, std::size_t length) const = 0;

  /// One forward pass over [offset, offset + length): a dictionary, a store, a column.
  /// Errors: RangeError at once; the others from Scan::next().
  [[nodiscard]] virtual std::unique_ptr<Scan> scan(std::uint64_t offset,
                                                   std::uint64_t length) const = 0;
};

}  // namespace splitscope
