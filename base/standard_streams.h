// Standard output and error, checked: a full disk behind them is an error, a closed pipe an end.
#pragma once

#include <string>

namespace splitscope {

/// Puts something in the place of a closed 0, 1 or 2, so that no file of ours gets their number:
/// writing to it fails, as writing to a closed descriptor does. Call first.
void occupy_standard_descriptors() noexcept;

/// Flushes standard output and error; empty when all that was written arrived, else one line that
/// says what did not and why. Call last; on a message the exit code 0 becomes 1.
[[nodiscard]] std::string unwritten_output();

}  // namespace splitscope
