#include "harness/record/recorder_set.h"

#include <algorithm>
#include <iterator>

namespace splitscope::record {

RecorderSet::RecorderSet(std::vector<std::unique_ptr<WindowRecorder>> recorders)
    : recorders_(std::move(recorders)) {}

void RecorderSet::start() {
  for (const auto& recorder : recorders_) recorder->start();
}

void RecorderSet::phase(std::string_view name) noexcept {
  for (const auto& recorder : recorders_) recorder->phase(name);
}

Measures RecorderSet::stop() {
  std::for_each(recorders_.rbegin(), recorders_.rend(),
                [](const auto& recorder) { recorder->read(); });
  Measures all;
  for (const auto& recorder : recorders_) {
    Measures built = recorder->build();
    std::move(built.begin(), built.end(), std::back_inserter(all));
  }
  return all;
}

SizeHistogram RecorderSet::heap_sizes() const {
  for (const auto& recorder : recorders_) {
    if (auto sizes = recorder->heap_sizes(); !sizes.empty()) return sizes;
  }
  return {};
}

}  // namespace splitscope::record
