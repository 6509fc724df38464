#include "strategies/catalog.h"

#include <string>

#include "base/errors.h"
#include "base/nearest_name.h"
#include "strategies/full_copy.h"
#include "strategies/lazy_mmap.h"
#include "strategies/mmap_view.h"
#include "strategies/pooled_buffer.h"
#include "strategies/range_read.h"
#include "strategies/streaming.h"

namespace splitscope::strategies {
namespace {

std::vector<std::string> all_names(std::span<const Plugin> plugins) {
  std::vector<std::string> names;
  for (const StrategyInfo& info : all_strategies()) names.push_back(info.name);
  for (const Plugin& plugin : plugins) names.push_back(plugin.name());
  return names;
}

std::unique_ptr<Strategy> make_from(const StrategyInfo& info, const std::string& text,
                                    AccessCounters& counters) {
  Options options(info.name, text, info.options);
  std::unique_ptr<Strategy> strategy = info.make(options, counters);
  options.check_all_consumed();
  if (strategy == nullptr) throw UsageError("strategy " + info.name + ": its plugin made nothing");
  return strategy;
}

}  // namespace

std::vector<StrategyInfo> all_strategies() {
  return {
      full_copy(),      //
      lazy_mmap(),      //
      mmap_view(),      //
      range_read(),     //
      pooled_buffer(),  //
      streaming(),      //
  };
}

std::unique_ptr<Strategy> make_strategy(std::string_view spec, AccessCounters& counters,
                                        std::span<const Plugin> plugins) {
  const std::size_t colon = spec.find(':');
  const std::string name(spec.substr(0, colon));
  const std::string text(colon == std::string_view::npos ? "" : spec.substr(colon + 1));
  if (colon != std::string_view::npos && text.empty()) {
    throw UsageError("strategy '" + std::string(spec) +
                     "': the colon must be followed by option=value");
  }
  for (const StrategyInfo& info : all_strategies()) {
    if (info.name == name) return make_from(info, text, counters);
  }
  for (const Plugin& plugin : plugins) {
    if (plugin.name() == name) return make_from(plugin.info(), text, counters);
  }
  const std::vector<std::string> names = all_names(plugins);
  throw UsageError("strategy '" + name + "' is unknown" + did_you_mean(name, names) +
                   "; there are " + listed(names));
}

Plugin load_plugin(const std::filesystem::path& library, std::span<const Plugin> loaded) {
  Plugin plugin = Plugin::load(library);
  for (const std::string& name : all_names(loaded)) {
    if (name != plugin.name()) continue;
    throw UsageError("plugin " + library.native() + ": there is already a strategy named " + name);
  }
  return plugin;
}

}  // namespace splitscope::strategies
