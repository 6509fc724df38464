#include "formats/listing/word.h"

#include <fmt/format.h>

#include <iterator>

namespace splitscope::formats {

std::string word(std::string_view name) {
  std::string word;
  word.reserve(name.size());
  for (const char letter : name) {
    if (letter > ' ' && letter <= '~' && letter != '\\') {
      word += letter;
    } else {
      fmt::format_to(std::back_inserter(word), "\\x{:02x}", static_cast<unsigned char>(letter));
    }
  }
  return word;
}

}  // namespace splitscope::formats
