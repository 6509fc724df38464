// Who is meant by the plan in the environment, and how those that come after are spared.
#pragma once

namespace splitscope::faults {

/// SPLITSCOPE_FAULT_PROGRAM (default "splitscope") begins the name of this process's program file,
/// and SPLITSCOPE_FAULT_VERB, if set, is its first argument.
[[nodiscard]] bool is_the_process_under_test() noexcept;

/// Takes the plan and LD_PRELOAD out of the environment, so that no child follows it. Under
/// SPLITSCOPE_FAULT_CHILDREN nothing is taken out.
void forget_the_plan() noexcept;

}  // namespace splitscope::faults
