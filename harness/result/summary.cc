#include "harness/result/summary.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/result/json_writer.h"
#include "harness/result/table.h"

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

std::string summary_markdown(const nlohmann::ordered_json& context,
                             const std::vector<run::CaseResult>& results) {
  const auto text = [&](const char* key) {
    const auto& value = context.at(key);
    return markdown_text(value.is_string() ? value.get<std::string>()
                         : value.is_null() ? "-"
                                           : value.dump());
  };
  std::string page = "# splitscope: suite " + text("suite") + "\n\n" + verdict(results) + ".\n\n";
  page += text("date") + ", splitscope " + text("splitscope_version") + " at " + text("commit") +
          (context.at("dirty") == true ? " (with changes)" : "") + ", " + text("cpu_model") + ", " +
          text("num_cpus") + " CPUs, Linux " + text("kernel") + ", " + text("os") + ", " +
          text("filesystem") + ", THP " + text("thp_mode") + "\n\n";
  page +=
      "Medians. Net peak is peak RSS above what was resident when the window opened; net anon is "
      "the "
      "anonymous part of it, which the kernel cannot drop; x input is net peak over input bytes. "
      "The "
      "best of each column is bold.\n\n";
  return page + render_markdown(comparison(results));
}

}  // namespace splitscope::result
