// All recorders of one window, read in an order in which they do not measure each other.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/record/measure.h"

namespace splitscope::record {

/// Lower bound of a power-of-two bucket of sizes -> count; empty buckets are left out.
using SizeHistogram = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

/// A recorder whose stop() falls into two steps. read() takes raw readings and allocates nothing;
/// build() makes measures of them.
class WindowRecorder : public Recorder {
 public:
  virtual void read() noexcept = 0;
  [[nodiscard]] virtual Measures build() const = 0;
  /// A phase of the workload begins; allocates nothing.
  virtual void phase(std::string_view /*name*/) noexcept {}
  /// Sizes asked of the heap, from the recorder that knows them; it is no flat measure, hence
  /// apart.
  [[nodiscard]] virtual SizeHistogram heap_sizes() const { return {}; }

  [[nodiscard]] Measures stop() final {
    read();
    return build();
  }
};

/// Starts in the order given and reads in the reverse one before anything is built, so the recorder
/// added last has the tightest window. One window per set; start, phase and stop on one thread.
class RecorderSet : public Recorder {
 public:
  explicit RecorderSet(std::vector<std::unique_ptr<WindowRecorder>> recorders);

  void start() override;
  /// Ends the running phase and begins `name`. To be called between start and stop.
  void phase(std::string_view name) noexcept;
  [[nodiscard]] Measures stop() override;
  /// After stop(); empty without the heap shim.
  [[nodiscard]] SizeHistogram heap_sizes() const;

 private:
  std::vector<std::unique_ptr<WindowRecorder>> recorders_;
};

}  // namespace splitscope::record
