// A plugin that does something wrong on purpose: mmap-view that keeps a needless heap copy of each
// range for as long as the range is in use. Results stay right; only memory tells. It shows that a
// regression gate turns red, and what a plugin looks like. Built a second time without the copy:
// the same strategy before the change that made it worse.
#include <cstring>
#include <memory>
#include <utility>

#include "base/errors.h"
#include "strategies/catalog.h"
#include "strategies/interface/plugin_api.h"

namespace splitscope::strategies {
namespace {

#ifdef SPLITSCOPE_WITHOUT_COPY
constexpr bool kCopies = false;
#else
constexpr bool kCopies = true;
#endif

// Hands out the copy and keeps the view that it was made from.
class CopiedBytes final : public BytesOwner {
 public:
  [[nodiscard]] static Bytes of(Bytes view) {
    if (!kCopies || view.empty()) return view;
    auto owner = std::unique_ptr<CopiedBytes>(new CopiedBytes(std::move(view)));
    const std::byte* const data = owner->copy_.get();
    const std::size_t size = owner->view_.size();
    return {data, size, owner.release()};
  }
  void release(const std::byte* /*data*/, std::size_t /*size*/) noexcept override { delete this; }
  ~CopiedBytes() = default;

 private:
  explicit CopiedBytes(Bytes view) : view_(std::move(view)), copy_(new std::byte[view_.size()]) {
    std::memcpy(copy_.get(), view_.data(), view_.size());
  }

  Bytes view_;
  std::unique_ptr<std::byte[]> copy_;
};

class ExtraCopyScan final : public Scan {
 public:
  explicit ExtraCopyScan(std::unique_ptr<Scan> scan) : scan_(std::move(scan)) {}
  Bytes next() override { return CopiedBytes::of(scan_->next()); }

 private:
  std::unique_ptr<Scan> scan_;
};

class ExtraCopySource final : public ByteSource {
 public:
  ExtraCopySource(std::unique_ptr<ByteSource> source, AccessCounters& counters)
      : source_(std::move(source)), counters_(counters) {}

  [[nodiscard]] std::uint64_t size() const override { return source_->size(); }
  [[nodiscard]] Bytes read(std::uint64_t offset, std::size_t length) const override {
    Bytes bytes = CopiedBytes::of(source_->read(offset, length));
    if (kCopies) counters_.bytes_copied.fetch_add(bytes.size(), std::memory_order_relaxed);
    return bytes;
  }
  [[nodiscard]] std::unique_ptr<Scan> scan(std::uint64_t offset,
                                           std::uint64_t length) const override {
    auto scan = std::make_unique<ExtraCopyScan>(source_->scan(offset, length));
    if (kCopies) counters_.bytes_copied.fetch_add(length, std::memory_order_relaxed);
    return scan;
  }

 private:
  std::unique_ptr<ByteSource> source_;
  AccessCounters& counters_;
};

class ExtraCopy final : public Strategy {
 public:
  explicit ExtraCopy(AccessCounters& counters)
      : counters_(counters), strategy_(make_strategy("mmap-view", counters)) {}

  [[nodiscard]] std::string name() const override { return splitscope_strategy_name(); }
  [[nodiscard]] std::unique_ptr<ByteSource> open(const std::filesystem::path& path) override {
    return std::make_unique<ExtraCopySource>(strategy_->open(path), counters_);
  }
  [[nodiscard]] std::unique_ptr<ByteSink> create(const std::filesystem::path& path) override {
    return strategy_->create(path);
  }
  // The claim of the strategy that it pretends to be.
  [[nodiscard]] std::uint64_t expected_peak(
      std::span<const std::uint64_t> input_sizes) const override {
    return strategy_->expected_peak(input_sizes);
  }

 private:
  AccessCounters& counters_;
  std::unique_ptr<Strategy> strategy_;
};

}  // namespace
}  // namespace splitscope::strategies

extern "C" {

int splitscope_plugin_abi_version() { return SPLITSCOPE_PLUGIN_ABI_VERSION; }

const char* splitscope_strategy_name() { return "extra-copy"; }

splitscope::Strategy* splitscope_make_strategy(const char* options,
                                               splitscope::AccessCounters* counters) {
  if (*options != '\0') throw splitscope::UsageError("strategy extra-copy has no options");
  return new splitscope::strategies::ExtraCopy(*counters);
}

}  // extern "C"
