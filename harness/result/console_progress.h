// Shows how far a run is: one moving line on a terminal, a line for each sample elsewhere.
#pragma once

#include <cstdio>

#include "harness/run/benchmark_driver.h"

namespace splitscope::result {

/// Whether text on `stream` may be colored: it is a terminal and $NO_COLOR is not set.
[[nodiscard]] bool may_color(std::FILE* stream);

class ConsoleProgress : public run::Progress {
 public:
  explicit ConsoleProgress(std::FILE* stream);
  ~ConsoleProgress() override;

  void sample_started(const run::CaseId& id, std::size_t done, std::size_t total) override;
  void sample_ended(const run::CaseId& id, const run::Sample& sample, std::size_t done,
                    std::size_t total) override;
  /// Something else that takes time: "generating logs-5x4MB".
  void note(const std::string& text);

 private:
  void show(const std::string& line);
  void clear();

  std::FILE* stream_;
  bool terminal_;
  bool shown_ = false;
};

}  // namespace splitscope::result
