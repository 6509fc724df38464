// Percent-encoding as SigV4 wants it, which is stricter than what most URL libraries do.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "s3/protocol/http_message.h"

namespace splitscope::s3 {

/// Encodes every byte but A-Z a-z 0-9 - . _ ~ as %XX with upper-case digits.
[[nodiscard]] std::string encode_component(std::string_view text);

/// The same, but keeps '/'.
[[nodiscard]] std::string encode_path(std::string_view path);

/// Undoes %XX; '+' stays. Nothing when a % is not followed by two hex digits.
[[nodiscard]] std::optional<std::string> decode_component(std::string_view text);

/// Encoded, sorted by name and then value, joined: both the canonical query of SigV4 and what a
/// client may send. Empty for an empty query.
[[nodiscard]] std::string canonical_query(const Query& query);

struct Target {
  /// Decoded; begins with '/'.
  std::string path;
  Query query;
};

/// Takes the target of a request line apart. Nothing when it is not an absolute path or is badly
/// encoded.
[[nodiscard]] std::optional<Target> parse_target(std::string_view target);

}  // namespace splitscope::s3
