#include "workloads/workload_info.h"

#include <algorithm>

#include "base/errors.h"
#include "base/nearest_name.h"

namespace splitscope::workloads {

void check_options(const WorkloadInfo& info, const std::map<std::string, std::string>& given) {
  std::vector<std::string> names;
  for (const WorkloadOption& option : info.options) {
    if (option.kind != WorkloadOption::Kind::kInternal) names.push_back(option.key);
  }
  for (const auto& [key, unused] : given) {
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    throw UsageError("workload '" + info.name + "' has no option '" + key + "'" +
                     did_you_mean(key, names) + "; there are: " + listed(names));
  }
}

}  // namespace splitscope::workloads
