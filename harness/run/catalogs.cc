#include "harness/run/catalogs.h"

#include "base/errors.h"
#include "base/nearest_name.h"

namespace splitscope::run {

const WorkloadEntry& find_workload(const Catalogs& catalogs, const std::string& name) {
  std::vector<std::string> known;
  for (const WorkloadEntry& entry : catalogs.workloads) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  throw UsageError("workload '" + name + "' is unknown" + did_you_mean(name, known) +
                   "; there are " + listed(known));
}

}  // namespace splitscope::run
