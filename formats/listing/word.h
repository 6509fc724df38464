// Names as the canonical listing writes them.
#pragma once

#include <string>
#include <string_view>

namespace splitscope::formats {

/// `name` as one word of visible ASCII: a backslash and whatever is not visible ASCII become \x and
/// two hexadecimal digits.
[[nodiscard]] std::string word(std::string_view name);

}  // namespace splitscope::formats
