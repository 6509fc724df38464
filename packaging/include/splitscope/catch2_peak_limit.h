// SPLITSCOPE_PEAK_LIMIT(bytes) { ... } for Catch2, version 2 and 3:
//
//   TEST_CASE("a merge holds no more than its windows") {
//     SPLITSCOPE_PEAK_LIMIT(1 << 20) { merge(inputs); }
//   }
//
// A peak above the limit fails the test case, which goes on; the failure names the peak and the
// limit. So does a heap shim that is not preloaded, unless $SPLITSCOPE_PEAK_LIMIT is "optional".
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include "splitscope/peak_limit.h"

#define SPLITSCOPE_PEAK_LIMIT(bytes)                                       \
  if (::splitscope::PeakLimit splitscope_peak_limit{                       \
          static_cast<std::uint64_t>(bytes),                               \
          [](::splitscope::PeakVerdict verdict, const std::string& text) { \
            if (verdict == ::splitscope::PeakVerdict::kHeld) {             \
              SUCCEED(text);                                               \
            } else if (verdict == ::splitscope::PeakVerdict::kLeftOut) {   \
              WARN(text);                                                  \
            } else {                                                       \
              FAIL_CHECK(text);                                            \
            }                                                              \
          }};                                                              \
      true)
