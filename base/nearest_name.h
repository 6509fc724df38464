// "Did you mean": what a mistyped name was probably meant to be.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace splitscope {

/// " (did you mean 'x'?)" when one of `names` is close to `given`, else nothing.
[[nodiscard]] std::string did_you_mean(std::string_view given, std::span<const std::string> names);

/// "a, b, c"; "none" when there are none.
[[nodiscard]] std::string listed(std::span<const std::string> names);

}  // namespace splitscope
