// Plugins with one thing wrong each; the build says which.
#include "strategies/interface/plugin_api.h"

extern "C" {

#ifdef SPLITSCOPE_BROKEN_VERSION
int splitscope_plugin_abi_version() { return SPLITSCOPE_BROKEN_VERSION; }
#endif

#ifdef SPLITSCOPE_BROKEN_NAME
const char* splitscope_strategy_name() { return SPLITSCOPE_BROKEN_NAME; }

splitscope::Strategy* splitscope_make_strategy(const char* /*options*/,
                                               splitscope::AccessCounters* /*counters*/) {
  return nullptr;
}
#endif

}  // extern "C"
