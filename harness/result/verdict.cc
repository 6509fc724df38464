#include "harness/result/verdict.h"

#include <algorithm>

#include "harness/result/json_writer.h"

namespace splitscope::result {

std::string verdict(const std::vector<run::CaseResult>& results) {
  // Cases of an unfinished run that have not begun are neither ok nor failed.
  const auto begun = static_cast<std::size_t>(std::count_if(
      results.begin(), results.end(), [](const auto& result) { return !result.samples.empty(); }));
  const auto failed = std::count_if(results.begin(), results.end(), [](const auto& result) {
    return !result.samples.empty() && !result.ok();
  });
  const Progressed progress = progress_of(results);
  const std::string unfinished =
      progress.complete() ? std::string()
                          : "Unfinished, " + std::to_string(progress.samples) + " of " +
                                std::to_string(progress.planned_samples) + " samples are there; ";
  const std::string cases = std::to_string(begun) + (begun == 1 ? " case" : " cases");
  if (failed != 0) return unfinished + std::to_string(failed) + " of " + cases + " failed";
  if (unfinished.empty()) return (begun == 1 ? "" : "All ") + cases + " ok";
  return unfinished + "none of " + cases + " failed";
}

}  // namespace splitscope::result
