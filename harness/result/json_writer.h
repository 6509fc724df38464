// results.json as result_format.md says.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/run/sample.h"

namespace splitscope::result {

/// Key of the format's version, which readers check.
inline constexpr int kSchemaVersion = 1;

/// The whole document; `context` is that of collect_context().
[[nodiscard]] nlohmann::ordered_json to_json(const nlohmann::ordered_json& context,
                                             const std::vector<run::CaseResult>& results);

/// How much of a run is there.
struct Progressed {
  std::size_t planned_cases = 0;
  std::size_t planned_samples = 0;
  std::size_t samples = 0;

  [[nodiscard]] bool complete() const { return samples >= planned_samples; }
};

/// Planned are the repetitions of the specs.
[[nodiscard]] Progressed progress_of(const std::vector<run::CaseResult>& results);

/// The text of results.json while a run goes on: what has not changed since the last time is not
/// made again. One for each run; single-threaded.
class ResultsText {
 public:
  /// `context` is that of collect_context(); "complete" and what was planned is added to it.
  explicit ResultsText(nlohmann::ordered_json context);
  ~ResultsText();

  /// `results` are always the same cases, with as many samples as the last time or more.
  /// `unfinished` is added to the context as "resume" while samples are missing.
  [[nodiscard]] std::string of(const std::vector<run::CaseResult>& results,
                               const nlohmann::ordered_json& unfinished);

  /// As of() had it the last time.
  [[nodiscard]] const nlohmann::ordered_json& context() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace splitscope::result
