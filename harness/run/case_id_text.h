// Ids and labels of cases, read back.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "harness/run/case.h"

namespace splitscope::run {

/// The id that CaseId::text() made into `text`. Whether there is such a workload, strategy or input
/// is not asked. Errors: UsageError that quotes `text`.
[[nodiscard]] CaseId parse_case_id(std::string_view text);

/// The name and the options that label_with_options() made into `label`. Errors: UsageError.
[[nodiscard]] std::pair<std::string, std::map<std::string, std::string>> parse_label(
    std::string_view label);

/// What InputSpec::label() made into `label`. Errors: UsageError.
[[nodiscard]] InputSpec parse_input_label(std::string_view label);

}  // namespace splitscope::run
