// A source that fails on demand, for tests of what stands above the strategies.
#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "base/errors.h"
#include "strategies/interface/byte_source.h"

namespace splitscope {

/// What goes wrong. Calls are counted from 1 over the life of the source; 0 means never.
struct Faults {
  /// The nth read that is not empty throws `error`.
  std::uint64_t fail_read = 0;
  /// The nth window of any scan throws `error`.
  std::uint64_t fail_window = 0;
  /// An errno value.
  int error = EIO;
  /// No window of a scan is longer than this.
  std::size_t window_bytes = std::numeric_limits<std::size_t>::max();
  /// Reads and windows that reach beyond this offset throw TruncatedFile.
  std::uint64_t truncated_at = std::numeric_limits<std::uint64_t>::max();
};

/// Passes everything on to `source`, which must outlive it, except for what `faults` says.
class FaultySource final : public ByteSource {
 public:
  FaultySource(const ByteSource& source, const Faults& faults) : source_(source), faults_(faults) {}

  /// How many of each there were, failed ones included.
  [[nodiscard]] std::uint64_t reads() const { return reads_; }
  [[nodiscard]] std::uint64_t windows() const { return windows_; }

 private:
  [[nodiscard]] std::uint64_t file_size() const override { return source_.size(); }
  [[nodiscard]] std::string_view file_name() const override { return "(faulty)"; }

  [[nodiscard]] Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    fail_at(++reads_, faults_.fail_read, "read", offset);
    check_truncation(offset, length);
    return source_.read(offset, length);
  }

  [[nodiscard]] std::unique_ptr<Scan> scan_range(std::uint64_t offset,
                                                 std::uint64_t length) const override {
    return std::make_unique<FaultyScan>(*this, source_.scan(offset, length), offset);
  }

  class FaultyScan final : public Scan {
   public:
    FaultyScan(const FaultySource& owner, std::unique_ptr<Scan> scan, std::uint64_t offset)
        : owner_(owner), scan_(std::move(scan)), offset_(offset) {}

   private:
    Bytes next_window() override {
      owner_.fail_at(++owner_.windows_, owner_.faults_.fail_window, "scan", offset_);
      if (rest_.empty()) {
        window_.reset();
        window_ = scan_->next();
        rest_ = window_.span();
      }
      const auto part = rest_.first(std::min(rest_.size(), owner_.faults_.window_bytes));
      owner_.check_truncation(offset_, part.size());
      rest_ = rest_.subspan(part.size());
      offset_ += part.size();
      return {part.data(), part.size()};
    }

    const FaultySource& owner_;
    std::unique_ptr<Scan> scan_;
    Bytes window_;
    std::span<const std::byte> rest_;
    std::uint64_t offset_;
  };

  void fail_at(std::uint64_t call, std::uint64_t failing_call, const char* what,
               std::uint64_t offset) const {
    if (call != failing_call) return;
    throw std::system_error(faults_.error, std::generic_category(),
                            std::string(what) + " (faulty) at byte " + std::to_string(offset));
  }

  void check_truncation(std::uint64_t offset, std::uint64_t length) const {
    if (length == 0 || offset + length <= faults_.truncated_at) return;
    throw TruncatedFile("(faulty): at byte " + std::to_string(offset) + ": expected " +
                        std::to_string(length) + " bytes, the file ends at " +
                        std::to_string(faults_.truncated_at));
  }

  const ByteSource& source_;
  Faults faults_;
  mutable std::atomic<std::uint64_t> reads_{0};
  mutable std::atomic<std::uint64_t> windows_{0};
};

}  // namespace splitscope
