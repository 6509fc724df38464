// Generates inputs in a process of its own, so that the measuring one stays small.
#pragma once

#include <filesystem>

#include "harness/run/inputs.h"

namespace splitscope::cli {

/// A run::Generator. Errors: std::runtime_error with the generator's own message.
void generate_in_process(const run::InputSpec& spec, const std::filesystem::path& folder);

}  // namespace splitscope::cli
