// For authors of a strategy outside this project. Build a shared library that defines these three
// functions, and name it with `--plugin libmine.so`:
//
//   int splitscope_plugin_abi_version() { return SPLITSCOPE_PLUGIN_ABI_VERSION; }
//   const char* splitscope_strategy_name() { return "mine"; }
//   splitscope::Strategy* splitscope_make_strategy(const char* options,
//                                                  splitscope::AccessCounters* counters) {
//     return new Mine(options, *counters);
//   }
//
// Build it with the compiler and the headers of the splitscope that loads it: the interfaces are
// C++ classes, and the version below stands for the layout of strategy.h, byte_source.h,
// byte_sink.h, bytes.h and access_counters.h. The library stays loaded until the process ends.
#pragma once

#include "strategies/interface/access_counters.h"
#include "strategies/interface/strategy.h"

/// Raised whenever one of the headers above changes.
#define SPLITSCOPE_PLUGIN_ABI_VERSION 1

#define SPLITSCOPE_PLUGIN_EXPORT __attribute__((visibility("default")))

extern "C" {

/// SPLITSCOPE_PLUGIN_ABI_VERSION as it was when the plugin was built.
SPLITSCOPE_PLUGIN_EXPORT int splitscope_plugin_abi_version();

/// Lower-case letters, digits and hyphens; not the name of a built-in strategy. Static storage.
SPLITSCOPE_PLUGIN_EXPORT const char* splitscope_strategy_name();

/// `options` is what the user wrote after the colon ("window=1MiB,depth=2"), "" when nothing; never
/// null. `counters` outlives the strategy and everything that it opens. The caller deletes the
/// result. Throws splitscope::UsageError for options that it does not understand; options.h has the
/// parser that the built-in strategies use.
SPLITSCOPE_PLUGIN_EXPORT splitscope::Strategy* splitscope_make_strategy(
    const char* options, splitscope::AccessCounters* counters);

}  // extern "C"
