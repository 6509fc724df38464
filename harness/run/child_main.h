// The measured side: what one fresh process does for one sample.
#pragma once

#include "harness/run/catalogs.h"

namespace splitscope::run {

/// Reads the spec, prepares, runs the workload between the recorders, verifies, and leaves the
/// result beside the spec. Exit status 0 whenever there is a result, be it a failed one. The
/// working directory is the work folder and `spec_file` lies in it. Ends with its parent. Whatever
/// is thrown, in making the catalogs too, becomes the sample's status or one line on stderr.
/// `spec_option` is kSpecOption or kSpecInCgroupOption (child_protocol.h).
int child_main(Catalogs (*make_catalogs)(), const char* spec_option, const char* spec_file);

}  // namespace splitscope::run
