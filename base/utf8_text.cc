#include "base/utf8_text.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace splitscope {
namespace {

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

/// Bytes of the character that `bytes` begins with; 0 when they begin with none.
std::size_t character_bytes(std::string_view bytes) {
  struct Form {
    std::uint8_t first;
    std::uint8_t last;
    std::size_t length;
    // Limits of the second byte: overlong forms, surrogates and numbers above 0x10FFFF are no
    // characters.
    std::uint8_t low;
    std::uint8_t high;
  };
  constexpr std::array<Form, 9> kForms = {{{0x00, 0x7F, 1, 0, 0},
                                           {0xC2, 0xDF, 2, 0x80, 0xBF},
                                           {0xE0, 0xE0, 3, 0xA0, 0xBF},
                                           {0xE1, 0xEC, 3, 0x80, 0xBF},
                                           {0xED, 0xED, 3, 0x80, 0x9F},
                                           {0xEE, 0xEF, 3, 0x80, 0xBF},
                                           {0xF0, 0xF0, 4, 0x90, 0xBF},
                                           {0xF1, 0xF3, 4, 0x80, 0xBF},
                                           {0xF4, 0xF4, 4, 0x80, 0x8F}}};
  const std::uint8_t lead = byte_at(bytes, 0);
  for (const Form& form : kForms) {
    if (lead < form.first || lead > form.last) continue;
    if (bytes.size() < form.length) return 0;
    if (form.length == 1) return 1;
    const std::uint8_t second = byte_at(bytes, 1);
    if (second < form.low || second > form.high) return 0;
    for (std::size_t i = 2; i < form.length; ++i) {
      if ((byte_at(bytes, i) & 0xC0U) != 0x80U) return 0;
    }
    return form.length;
  }
  return 0;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = character_bytes(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string utf8_text(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  while (!bytes.empty()) {
    const std::size_t length = character_bytes(bytes);
    if (length == 0) {
      const std::uint8_t byte = byte_at(bytes, 0);
      text += "\\x";
      text += kDigits[byte >> 4U];
      text += kDigits[byte & 15U];
      bytes.remove_prefix(1);
      continue;
    }
    if (bytes.front() == '\\') text += '\\';
    text += bytes.substr(0, length);
    bytes.remove_prefix(length);
  }
  return text;
}

}  // namespace splitscope
