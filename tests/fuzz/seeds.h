// Well-formed inputs to start from: cut out of files that tantivy wrote, and written by our own
// writers where those do not have a part of the format.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/fuzz/input.h"

namespace splitscope::fuzz {

/// By target's name.
using Seeds = std::map<std::string, std::vector<Content>>;

/// Longest input: what libFuzzer is told, and beyond which no seed goes.
inline constexpr std::size_t kMaxInputBytes = 8192;

/// Adds the components of every split and index of others below `folder`. Nothing when it is
/// absent.
void add_fixture_seeds(const std::filesystem::path& folder, Seeds& seeds);

/// Adds one small input per compressor, cardinality, kind of index and option.
void add_written_seeds(Seeds& seeds);

}  // namespace splitscope::fuzz
