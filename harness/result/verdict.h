// How a run ended, in a few words.
#pragma once

#include <string>
#include <vector>

#include "harness/run/sample.h"

namespace splitscope::result {

/// "All 12 cases ok" or "2 of 12 cases failed", of an unfinished run "unfinished, 5 of 36 samples
/// are there; ...".
[[nodiscard]] std::string verdict(const std::vector<run::CaseResult>& results);

}  // namespace splitscope::result
