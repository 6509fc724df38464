// The little XML that S3 speaks: elements and text; attributes are skipped.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace splitscope::s3 {

class XmlError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Text safe between tags.
[[nodiscard]] std::string xml_escape(std::string_view text);

/// "<name>escaped text</name>".
[[nodiscard]] std::string xml_element(std::string_view name, std::string_view text);

/// Pulls tokens out of a document, which must outlive it. Does not recurse, so depth costs nothing.
/// Takes no DOCTYPE, hence no entity bombs. Errors: XmlError.
class XmlScanner {
 public:
  enum class Kind { kOpen, kClose, kText, kEnd };
  struct Token {
    Kind kind = Kind::kEnd;
    /// Name without its prefix, or the text with entities resolved.
    std::string text;
  };

  explicit XmlScanner(std::string_view document) : document_(document) {}
  [[nodiscard]] Token next();

 private:
  [[nodiscard]] Token tag();
  [[nodiscard]] std::size_t find_end(std::string_view mark) const;

  std::string_view document_;
  std::size_t position_ = 0;
  /// Name of an element that closed itself and whose kClose is still to come.
  std::optional<std::string> self_closed_;
};

/// Text of the first element called `name`, at whatever depth.
[[nodiscard]] std::optional<std::string> first_text(std::string_view document,
                                                    std::string_view name);

}  // namespace splitscope::s3
