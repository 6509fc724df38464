#include "strategies/interface/byte_source.h"

#include <string>
#include <utility>

#include "base/errors.h"

namespace splitscope {

class ByteSource::WholeRangeScan final : public Scan {
 public:
  WholeRangeScan(const ByteSource& source, std::uint64_t offset, std::uint64_t length) noexcept
      : offset_(offset), length_(length) {
    source_ = &source;
  }

 private:
  Bytes next_window() override {
    if (length_ == 0) return {};
    return source_->read_range(offset_, static_cast<std::size_t>(std::exchange(length_, 0)));
  }

  std::uint64_t offset_;
  std::uint64_t length_;
};

// Counts for a source that passes on the scan of one that counts nothing.
class ByteSource::ForwardedScan final : public Scan {
 public:
  explicit ForwardedScan(std::unique_ptr<Scan> scan) noexcept : scan_(std::move(scan)) {}

 private:
  Bytes next_window() override { return scan_->next(); }

  std::unique_ptr<Scan> scan_;
};

std::unique_ptr<Scan> ByteSource::scan(std::uint64_t offset, std::uint64_t length) const {
  check(offset, length);
  std::unique_ptr<Scan> scan = scan_range(offset, length);
  if (counters_ != nullptr && scan->source_ != nullptr && scan->source_->counters_ == nullptr) {
    scan = std::make_unique<ForwardedScan>(std::move(scan));
  }
  if (scan->source_ == nullptr) scan->source_ = this;
  return scan;
}

std::unique_ptr<Scan> ByteSource::scan_range(std::uint64_t offset, std::uint64_t length) const {
  return std::make_unique<WholeRangeScan>(*this, offset, length);
}

void ByteSource::refuse(std::uint64_t offset, std::uint64_t length, std::uint64_t bytes) const {
  check_range(std::string(file_name()), offset, length, bytes);
}

}  // namespace splitscope
