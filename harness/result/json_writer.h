// results.json as result_format.md says.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "harness/run/sample.h"

namespace splitscope::result {

/// Key of the format's version, which readers check.
inline constexpr int kSchemaVersion = 1;

/// The whole document; `context` is that of collect_context().
[[nodiscard]] nlohmann::ordered_json to_json(const nlohmann::ordered_json& context,
                                             const std::vector<run::CaseResult>& results);

/// Writes to_json() under a temporary name and renames. Errors: std::system_error.
void write_results(const std::filesystem::path& file, const nlohmann::ordered_json& context,
                   const std::vector<run::CaseResult>& results);

}  // namespace splitscope::result
