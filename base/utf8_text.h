// Names as text. A name on Linux is any bytes; JSON and reports are UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace splitscope {

[[nodiscard]] bool is_utf8(std::string_view bytes);

/// `bytes` as they are when they are UTF-8; else with every byte that is not part of a character as
/// "\xHH", and with backslashes doubled, so that the bytes can be had back from it.
[[nodiscard]] std::string utf8_text(std::string_view bytes);

}  // namespace splitscope
