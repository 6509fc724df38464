// summary.md: what a run found out, short enough for a pull request.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/run/sample.h"

namespace splitscope::result {

[[nodiscard]] std::string summary_markdown(const nlohmann::ordered_json& context,
                                           const std::vector<run::CaseResult>& results);

/// "All 12 cases ok" or "2 of 12 cases failed", of an unfinished run "unfinished, 5 of 36 samples
/// are there; ...".
[[nodiscard]] std::string verdict(const std::vector<run::CaseResult>& results);

}  // namespace splitscope::result
