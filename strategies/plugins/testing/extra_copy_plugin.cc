// A plugin that does something wrong on purpose: mmap-view that keeps a needless heap copy of each
// range for as long as the range is in use. Results stay right; only memory tells. It shows that a
// regression gate turns red. Built a second time without the copy: the same strategy before the
// change that made it worse.
#include <cstring>
#include <memory>
#include <utility>

#include "strategies/io/mapped_source.h"
#include "strategies/plugins/plugin_api.h"

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

class ExtraCopySource final : public MappedSource {
  using MappedSource::MappedSource;

  [[nodiscard]] Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    Bytes view = file().view(offset, length);
    if (!kCopies) return view;
    counters()->count_copied(length);
    return CopiedBytes::of(std::move(view));
  }
};

// With the claim of the strategy that it pretends to be.
StrategyInfo extra_copy() {
  return {.name = "extra-copy",
          .summary = "mmap-view with a needless copy",
          .traits = {.copies = kCopies ? Copies::kRanges : Copies::kNothing,
                     .maps_files = true,
                     .views_pin_mapping = true},
          .make = make_file_strategy<ExtraCopySource, NoOptions<sum_of>>};
}

}  // namespace
}  // namespace splitscope::strategies

SPLITSCOPE_EXPORT_STRATEGY(splitscope::strategies::extra_copy);
