// Strategies from shared libraries; what a library must offer is in plugin_api.h.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "strategies/interface/strategy_info.h"

namespace splitscope::strategies {

/// A loaded library. Cheap to copy; the library stays loaded for the life of the process.
class Plugin {
 public:
  /// Errors: UsageError that names the library and says what it lacks.
  [[nodiscard]] static Plugin load(const std::filesystem::path& library);

  /// Its strategy, to be made as one of the catalog is.
  [[nodiscard]] const StrategyInfo& info() const noexcept { return *info_; }
  [[nodiscard]] const std::string& name() const noexcept { return info_->name; }

 private:
  explicit Plugin(const StrategyInfo& info) noexcept : info_(&info) {}

  const StrategyInfo* info_;
};

}  // namespace splitscope::strategies
