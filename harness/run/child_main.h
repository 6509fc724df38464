// The measured side: what one fresh process does for one sample.
#pragma once

#include <filesystem>

#include "harness/run/catalogs.h"

namespace splitscope::run {

/// Reads the spec, prepares, runs the workload between the recorders, verifies, and leaves the
/// result beside the spec. Exit status 0 whenever there is a result, be it a failed one. The
/// working directory is the work folder and `spec_file` lies in it.
int child_main(const Catalogs& catalogs, const std::filesystem::path& spec_file);

}  // namespace splitscope::run
