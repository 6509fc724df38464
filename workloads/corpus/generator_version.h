// The generator's version: part of the key under which generated inputs are kept.
#pragma once

#include <string_view>

namespace splitscope::workloads {

/// The digest of what the generator makes of all profiles at a small size
/// (generator_version_test.cc makes it and compares): when the generator makes other bytes, this
/// must change, and with it every kept input is made anew.
inline constexpr std::string_view kGeneratorVersion = "97cb33e0f51c1f75";

}  // namespace splitscope::workloads
