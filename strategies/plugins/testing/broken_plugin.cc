// Plugins with one thing wrong each; the build says which.
#include "strategies/plugins/plugin_api.h"

#ifdef SPLITSCOPE_BROKEN_VERSION
int splitscope_plugin_abi_version() { return SPLITSCOPE_BROKEN_VERSION; }

const splitscope::StrategyInfo* splitscope_plugin_strategy() {
#ifdef SPLITSCOPE_BROKEN_NAME
  static const splitscope::StrategyInfo info{
      .name = SPLITSCOPE_BROKEN_NAME,
      .summary = "makes nothing",
      .make = [](splitscope::Options&, splitscope::AccessCounters&) {
        return std::unique_ptr<splitscope::Strategy>();
      }};
  return &info;
#else
  return nullptr;
#endif
}
#endif
