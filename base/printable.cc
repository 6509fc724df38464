#include "base/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace splitscope {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEF";

void escape(std::string& text, unsigned char byte) {
  text += '%';
  text += kDigits[byte >> 4U];
  text += kDigits[byte & 15U];
}

struct Character {
  std::size_t bytes = 0;  ///< 0: no UTF-8
  std::uint32_t code = 0;
};

Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, lead};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {};
  std::uint32_t code = lead & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {};
    code = code << 6U | (byte(i) & 0x3FU);
  }
  // Overlong forms, surrogates and what lies beyond Unicode.
  constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast.at(size) || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {size, code};
}

bool shows_badly(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0xAD ||
         (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF || (code & 0xFFFEU) == 0xFFFE;
}

int digit_of(char c) {
  const auto at = kDigits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::string printable(std::string_view text, std::string_view also) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const Character next = first_of(text);
    const std::size_t size = std::max<std::size_t>(next.bytes, 1);
    const bool wanted = next.bytes == 1 && also.find(text.front()) != std::string_view::npos;
    if (next.bytes == 0 || shows_badly(next.code) || wanted) {
      for (const char c : text.substr(0, size)) escape(shown, static_cast<unsigned char>(c));
    } else {
      shown += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return shown;
}

std::string unescaped(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      const int high = digit_of(text[at + 1]);
      const int low = digit_of(text[at + 2]);
      if (high >= 0 && low >= 0) {
        bytes += static_cast<char>(high * 16 + low);
        at += 2;
        continue;
      }
    }
    bytes += text[at];
  }
  return bytes;
}

std::string shortened(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return printable(text);
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  return printable(text.substr(0, end)) + "...";
}

}  // namespace splitscope
