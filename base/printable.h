// Text from outside (file names, messages, options) made fit for one line of a terminal, JSON or a
// table.
#pragma once

#include <string>
#include <string_view>

namespace splitscope {

/// Valid UTF-8 without control characters, line separators and marks that turn the direction of
/// writing: each byte of those, and each byte that is no UTF-8, becomes "%XX". `also` are ASCII
/// characters that are escaped too. With '%' among them the mapping is one to one.
[[nodiscard]] std::string printable(std::string_view text, std::string_view also = {});

/// The bytes behind text that printable(..., "%") made. What is no escape stays as it is.
[[nodiscard]] std::string unescaped(std::string_view text);

/// printable(), cut to about `limit` bytes at a character's start, with "..." when it was longer.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t limit);

}  // namespace splitscope
