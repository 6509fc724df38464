// What a window leaves behind: mappings and descriptors.
#pragma once

#include <cstdint>
#include <optional>

#include "harness/record/recorder_set.h"

namespace splitscope::record {

/// Lines of a /proc/self/maps, or entries of /proc/self/fd, now; nothing where /proc is missing.
/// Neither allocates.
[[nodiscard]] std::optional<std::uint64_t> count_maps() noexcept;
[[nodiscard]] std::optional<std::uint64_t> count_descriptors() noexcept;

/// Mappings and descriptors at the end minus those at window open. Fewer than before is 0. Mappings
/// include those of the allocator, so a few more are no leak.
class LeftoverRecorder : public WindowRecorder {
 public:
  void start() override;
  void read() noexcept override;
  [[nodiscard]] Measures build() const override;

 private:
  std::optional<std::uint64_t> start_maps_, end_maps_;
  std::optional<std::uint64_t> start_descriptors_, end_descriptors_;
};

}  // namespace splitscope::record
