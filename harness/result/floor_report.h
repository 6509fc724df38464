// What `splitscope floor` found, for people and as floor.json
// (reports/schema/floor.v1.schema.json).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/floor_search.h"
#include "harness/run/memory_cap.h"
#include "harness/run/sample.h"

namespace splitscope::result {

/// Key of the format's version, which readers check.
inline constexpr int kFloorSchemaVersion = 1;

struct FloorReport {
  /// Id of the case; empty for a command.
  std::string case_id;
  /// Empty for a case.
  std::vector<std::string> command;
  run::CapKind capped_by = run::CapKind::kNone;
  /// Why no cgroup held the caps; empty where one did.
  std::string no_cgroup_because;
  /// Files that were evicted from the page cache before each try, or should have been.
  std::size_t inputs = 0;
  /// Why they were not; empty where they were.
  std::string not_evicted_because;
  run::FloorRule rule;
  /// Without a cap, with all that is measured.
  run::CaseResult observed;
  run::Floor floor;
};

/// `context` is that of collect_context().
[[nodiscard]] nlohmann::ordered_json to_json(const nlohmann::ordered_json& context,
                                             const FloorReport& report);

/// One cap and what came of it: "8.0 MiB: enough, 3 of 3 right, 101.2 ms".
[[nodiscard]] std::string text_of(const run::TriedCap& tried);

/// Some lines and the curve as a table.
[[nodiscard]] std::string render_text(const FloorReport& report);

}  // namespace splitscope::result
