// What one instance of a workload reports while it runs.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "harness/record/recorder_set.h"
#include "workloads/workload.h"

namespace splitscope::run {

/// Used by the thread of its instance only; allocates nothing. Phases are those of the first
/// instance: with several at once they would overlap.
class InstanceContext : public RunContext {
 public:
  /// `recorders` is null for the instances after the first.
  explicit InstanceContext(record::RecorderSet* recorders) : recorders_(recorders) {}

  void phase(std::string_view name) override {
    if (recorders_ != nullptr) recorders_->phase(name);
  }

  void count(std::string_view key, std::uint64_t amount) override {
    for (std::size_t i = 0; i < used_; ++i) {
      if (counts_[i].first == key) {
        counts_[i].second += amount;
        return;
      }
    }
    if (used_ == counts_.size()) return;
    counts_[used_++] = {key, amount};
  }

  /// Calls `visit(key, total)` for each counter.
  template <typename Visit>
  void for_each_count(Visit visit) const {
    for (std::size_t i = 0; i < used_; ++i) visit(counts_[i].first, counts_[i].second);
  }

 private:
  // More kinds of effort than any workload has; a counter beyond is dropped.
  static constexpr std::size_t kMaxCounters = 16;

  record::RecorderSet* recorders_;
  std::array<std::pair<std::string_view, std::uint64_t>, kMaxCounters> counts_{};
  std::size_t used_ = 0;
};

}  // namespace splitscope::run
