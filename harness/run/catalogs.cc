#include "harness/run/catalogs.h"

#include "base/errors.h"

namespace splitscope::run {

const WorkloadEntry& find_workload(const Catalogs& catalogs, const std::string& name) {
  std::string known;
  for (const WorkloadEntry& entry : catalogs.workloads) {
    if (entry.name == name) return entry;
    known += (known.empty() ? "" : ", ") + entry.name;
  }
  throw UsageError("workload '" + name + "' is unknown; there are " + known);
}

}  // namespace splitscope::run
