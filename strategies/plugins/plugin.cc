#include "strategies/plugins/plugin.h"

#include <dlfcn.h>

#include <algorithm>

#include "base/errors.h"
#include "strategies/plugins/plugin_api.h"

namespace splitscope::strategies {
namespace {

[[noreturn]] void fail(const std::filesystem::path& library, const std::string& problem) {
  throw UsageError("plugin " + library.native() + ": " + problem);
}

template <typename Function>
Function* find(void* handle, const char* name, const std::filesystem::path& library) {
  void* const symbol = ::dlsym(handle, name);
  if (symbol == nullptr) {
    fail(library, std::string("has no function ") + name +
                      "; see strategies/plugins/plugin_api.h for the two that a plugin defines");
  }
  return reinterpret_cast<Function*>(symbol);
}

bool is_strategy_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
  });
}

}  // namespace

Plugin Plugin::load(const std::filesystem::path& library) {
  if (!std::filesystem::exists(library)) fail(library, "there is no such file; check the path");
  // An absolute path: for a bare name dlopen would search the library folders instead.
  void* const handle = ::dlopen(std::filesystem::absolute(library).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* const problem = ::dlerror();
    fail(library, std::string("cannot be loaded: ") +
                      (problem != nullptr ? problem : "the loader gives no reason"));
  }
  // From here on the handle stays open, also when the library turns out to be none of ours.
  const int version = find<decltype(splitscope_plugin_abi_version)>(
      handle, "splitscope_plugin_abi_version", library)();
  if (version != SPLITSCOPE_PLUGIN_ABI_VERSION) {
    fail(library, "was built for plugin interface " + std::to_string(version) +
                      ", this splitscope has " + std::to_string(SPLITSCOPE_PLUGIN_ABI_VERSION) +
                      "; rebuild it with the headers of this splitscope");
  }
  const StrategyInfo* const info =
      find<decltype(splitscope_plugin_strategy)>(handle, "splitscope_plugin_strategy", library)();
  if (info == nullptr || info->make == nullptr) fail(library, "brings no strategy");
  if (!is_strategy_name(info->name)) {
    fail(library, "names its strategy '" + info->name +
                      "'; a name has lower-case letters, digits and hyphens");
  }
  if (info->name == kAllStrategies) {
    fail(library, "names its strategy '" + info->name +
                      "', which stands for every strategy in suites and for --strategy; rename it");
  }
  return Plugin(*info);
}

}  // namespace splitscope::strategies
