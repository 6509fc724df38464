// Strategies from shared libraries; what a library must offer is in plugin_api.h.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "strategies/interface/access_counters.h"
#include "strategies/interface/strategy.h"

namespace splitscope::strategies {

/// A loaded library. Cheap to copy; the library stays loaded for the life of the process.
class Plugin {
 public:
  /// Errors: UsageError that names the library and says what it lacks.
  [[nodiscard]] static Plugin load(const std::filesystem::path& library);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::filesystem::path& library() const noexcept { return library_; }

  /// `options` is the text after the colon. Errors: UsageError.
  [[nodiscard]] std::unique_ptr<Strategy> make(const std::string& options,
                                               AccessCounters& counters) const;

 private:
  using Make = Strategy* (*)(const char* options, AccessCounters* counters);
  Plugin(std::filesystem::path library, std::string name, Make make_function);

  std::filesystem::path library_;
  std::string name_;
  Make make_;
};

}  // namespace splitscope::strategies
