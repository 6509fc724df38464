#include "s3/protocol/xml.h"

#include <charconv>

#include <fmt/format.h>

namespace splitscope::s3 {
namespace {

void append_utf8(std::string& text, unsigned code_point) {
  const auto put = [&](unsigned byte) { text += static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | (code_point >> 12));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | (code_point >> 18));
    put(0x80 | ((code_point >> 12) & 0x3F));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

void append_entity(std::string& text, std::string_view name) {
  constexpr std::pair<std::string_view, char> kNamed[] = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [known, character] : kNamed) {
    if (name == known) {
      text += character;
      return;
    }
  }
  if (name.starts_with('#')) {
    const bool is_hex = name.size() > 1 && name[1] == 'x';
    const std::string_view digits = name.substr(is_hex ? 2 : 1);
    unsigned code_point = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code_point, is_hex ? 16 : 10);
    if (error == std::errc() && end == digits.data() + digits.size() && code_point <= 0x10FFFF) {
      append_utf8(text, code_point);
      return;
    }
  }
  throw XmlError(fmt::format("XML: unknown entity \"&{};\"", name));
}

std::string resolve_entities(std::string_view raw) {
  // The longest entity that is known, "#x10FFFF", bounds how far a ';' is looked for.
  constexpr std::size_t kLongestEntity = 10;
  std::string text;
  text.reserve(raw.size());
  while (!raw.empty()) {
    const std::size_t ampersand = raw.find('&');
    text.append(raw.substr(0, ampersand));
    if (ampersand == std::string_view::npos) break;
    raw.remove_prefix(ampersand + 1);
    const std::size_t end = raw.substr(0, kLongestEntity).find(';');
    if (end == std::string_view::npos) throw XmlError("XML: \"&\" that begins no entity");
    append_entity(text, raw.substr(0, end));
    raw.remove_prefix(end + 1);
  }
  return text;
}

}  // namespace

std::string xml_escape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        // Control characters are no XML 1.0 text; S3 writes them as references all the same.
        if (static_cast<unsigned char>(c) < 0x20) {
          escaped += fmt::format("&#x{:x};", static_cast<unsigned>(c));
        } else {
          escaped += c;
        }
    }
  }
  return escaped;
}

std::string xml_element(std::string_view name, std::string_view text) {
  return fmt::format("<{}>{}</{}>", name, xml_escape(text), name);
}

std::size_t XmlScanner::find_end(std::string_view mark) const {
  const std::size_t end = document_.find(mark, position_);
  if (end == std::string_view::npos) {
    throw XmlError(fmt::format("XML: markup at byte {} has no end", position_));
  }
  return end;
}

XmlScanner::Token XmlScanner::tag() {
  const std::size_t end = find_end(">");
  std::string_view inside = document_.substr(position_ + 1, end - position_ - 1);
  position_ = end + 1;
  const bool is_close = inside.starts_with('/');
  if (is_close) inside.remove_prefix(1);
  const bool closes_itself = !is_close && inside.ends_with('/');
  if (closes_itself) inside.remove_suffix(1);
  std::string_view name = inside.substr(0, inside.find_first_of(" \t\r\n"));
  if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) {
    name.remove_prefix(colon + 1);
  }
  if (name.empty()) throw XmlError("XML: a tag without a name");
  if (closes_itself) self_closed_ = std::string(name);
  return {is_close ? Kind::kClose : Kind::kOpen, std::string(name)};
}

XmlScanner::Token XmlScanner::next() {
  if (self_closed_) {
    Token token{Kind::kClose, std::move(*self_closed_)};
    self_closed_.reset();
    return token;
  }
  while (position_ < document_.size()) {
    const std::string_view rest = document_.substr(position_);
    if (rest.front() != '<') {
      const std::string_view raw = rest.substr(0, rest.find('<'));
      position_ += raw.size();
      return {Kind::kText, resolve_entities(raw)};
    }
    if (rest.starts_with("<?")) {
      position_ = find_end("?>") + 2;
    } else if (rest.starts_with("<!--")) {
      position_ = find_end("-->") + 3;
    } else if (rest.starts_with("<!")) {
      throw XmlError("XML: declarations such as DOCTYPE are not taken");
    } else {
      return tag();
    }
  }
  return {};
}

std::optional<std::string> first_text(std::string_view document, std::string_view name) {
  XmlScanner scanner(document);
  while (true) {
    XmlScanner::Token token = scanner.next();
    if (token.kind == XmlScanner::Kind::kEnd) return std::nullopt;
    if (token.kind != XmlScanner::Kind::kOpen || token.text != name) continue;
    std::string text;
    for (token = scanner.next(); token.kind == XmlScanner::Kind::kText; token = scanner.next()) {
      text += token.text;
    }
    return text;
  }
}

}  // namespace splitscope::s3
