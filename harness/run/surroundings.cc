#include "harness/run/surroundings.h"

#include "base/own_place.h"

namespace splitscope::run {

Surroundings SurroundingsMaker::of(const workloads::WorkloadInfo& workload) {
  Surroundings made;
  if (!workload.library.empty()) made.library = own_file(workload.library);
  if (workload.need == workloads::WorkloadNeed::kS3Server) {
    if (!s3_) s3_.emplace();
    made.environment = s3_->environment();
    made.options["endpoint"] = s3_->endpoint();
  }
  return made;
}

}  // namespace splitscope::run
