#include "harness/cli/write_run.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/result/json_writer.h"
#include "harness/result/summary.h"
#include "harness/run/allocators.h"
#include "harness/run/child_protocol.h"
#include "harness/run/process.h"

namespace splitscope::cli {

void write_run(result::ContextOptions context, const std::filesystem::path& folder,
               const std::vector<run::CaseResult>& results) {
  std::set<std::string> allocators;
  for (const run::CaseResult& result : results) allocators.insert(result.spec.id.allocator);
  for (const std::string& name : allocators) {
    context.allocators.emplace_back(name, run::allocator_version(name));
  }
  context.fixed_addresses = run::fixed_addresses_supported();
  const auto collected = result::collect_context(context);
  std::filesystem::create_directories(folder);
  result::write_results(folder / "results.json", collected, results);
  run::replace_file(folder / "summary.md", result::summary_markdown(collected, results));
  std::fprintf(stderr, "%s; wrote %s and %s\n", result::verdict(results).c_str(),
               (folder / "results.json").c_str(), (folder / "summary.md").c_str());
}

}  // namespace splitscope::cli
