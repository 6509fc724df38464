// The upload workload as a library that is loaded when it is wanted: libcurl and the two dozen
// libraries behind it would otherwise be resident in every measured process.
#include "workloads/upload/upload.h"

// Made with new, owned by the caller. Errors: those of make_upload.
extern "C" splitscope::workloads::Workload* splitscope_make_workload(
    const splitscope::workloads::WorkloadSpec& spec) {
  return splitscope::workloads::make_upload(spec).release();
}
