// For authors of a strategy outside this project, who need no other header. A shared library that
// is named with `--plugin libmine.so` brings one strategy:
//
//   class MySource final : public splitscope::strategies::FileSource { ... };
//
//   splitscope::StrategyInfo mine() {
//     return {.name = "mine", .summary = "...", .make = make_file_strategy<MySource,
//     NoOptions<...>>};
//   }
//
//   SPLITSCOPE_EXPORT_STRATEGY(mine)
//
// Build it with the compiler and the headers of the splitscope that loads it: what crosses the
// border are C++ classes. Link it with nothing of splitscope: the program that loads it has all
// that the headers declare. The library stays loaded until the process ends.
#pragma once

#include "base/errors.h"
#include "base/file_error.h"
#include "strategies/interface/access_counters.h"
#include "strategies/interface/byte_sink.h"
#include "strategies/interface/byte_source.h"
#include "strategies/interface/bytes.h"
#include "strategies/interface/options.h"
#include "strategies/interface/peak_claim.h"
#include "strategies/interface/strategy.h"
#include "strategies/interface/strategy_info.h"
#include "strategies/io/buffered_sink.h"
#include "strategies/io/file_source.h"
#include "strategies/io/file_strategy.h"
#include "strategies/io/forward_range.h"
#include "strategies/io/heap_buffer.h"
#include "strategies/io/open_file.h"

/// Raised whenever one of the headers above changes in a way that an older plugin would not
/// survive.
#define SPLITSCOPE_PLUGIN_ABI_VERSION 2

#define SPLITSCOPE_PLUGIN_EXPORT __attribute__((visibility("default")))

/// Defines the two functions below. `function` is a StrategyInfo (*)().
#define SPLITSCOPE_EXPORT_STRATEGY(function)                                    \
  int splitscope_plugin_abi_version() { return SPLITSCOPE_PLUGIN_ABI_VERSION; } \
  const splitscope::StrategyInfo* splitscope_plugin_strategy() {                \
    static const splitscope::StrategyInfo info = function();                    \
    return &info;                                                               \
  }                                                                             \
  static_assert(true, "so that a semicolon may follow")

extern "C" {

/// SPLITSCOPE_PLUGIN_ABI_VERSION as it was when the plugin was built.
SPLITSCOPE_PLUGIN_EXPORT int splitscope_plugin_abi_version();

/// What a line of the catalog is for a built-in strategy, under a name that none of them has.
/// Static storage.
SPLITSCOPE_PLUGIN_EXPORT const splitscope::StrategyInfo* splitscope_plugin_strategy();

}  // extern "C"
