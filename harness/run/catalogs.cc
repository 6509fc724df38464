#include "harness/run/catalogs.h"

#include "base/errors.h"
#include "base/nearest_name.h"

namespace splitscope::run {

const workloads::WorkloadInfo& find_workload(const Catalogs& catalogs, const std::string& name) {
  std::vector<std::string> names;
  for (const workloads::WorkloadInfo& info : catalogs.workloads) {
    if (info.name == name) return info;
    names.push_back(info.name);
  }
  throw UsageError("workload '" + name + "' is unknown" + did_you_mean(name, names) +
                   "; there are " + listed(names));
}

}  // namespace splitscope::run
