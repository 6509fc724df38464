// SPLITSCOPE_PEAK_LIMIT(bytes) { ... } for GoogleTest:
//
//   TEST(Merge, HoldsNoMoreThanItsWindows) {
//     SPLITSCOPE_PEAK_LIMIT(1 << 20) { merge(inputs); }
//   }
//
// A peak above the limit is a failure that lets the test go on and names the peak and the limit. So
// is a heap shim that is not preloaded, unless $SPLITSCOPE_PEAK_LIMIT is "optional".
#pragma once

#include <gtest/gtest.h>

#include <cstdio>

#include "splitscope/peak_limit.h"

#define SPLITSCOPE_PEAK_LIMIT(bytes)                                                 \
  if (::splitscope::PeakLimit splitscope_peak_limit{                                 \
          static_cast<std::uint64_t>(bytes),                                         \
          [](::splitscope::PeakVerdict verdict, const std::string& text) {           \
            if (verdict == ::splitscope::PeakVerdict::kLeftOut) {                    \
              std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, text.c_str()); \
            } else if (verdict != ::splitscope::PeakVerdict::kHeld) {                \
              ADD_FAILURE() << text;                                                 \
            }                                                                        \
          }};                                                                        \
      true)
