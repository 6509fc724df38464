// Strict parsing of JSON that a file supplied. For .cc files: json.hpp is large.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "formats/errors.h"

namespace splitscope::formats {

/// The value for an error message: the beginning of it when it is long.
template <typename Json>
[[nodiscard]] std::string json_excerpt(const Json& value) {
  constexpr std::size_t kMaxExcerpt = 60;
  // ASCII only, so that the cut cannot fall inside a character.
  auto text = value.dump(-1, ' ', true);
  if (text.size() > kMaxExcerpt) text.replace(kMaxExcerpt, text.npos, "...");
  return text;
}

/// Parses `text`. Json is nlohmann::json or nlohmann::ordered_json. Refuses, beyond what JSON
/// itself does, keys that occur twice in an object and nesting deeper than any index has, because
/// dumping recurses. Errors: FormatError at `file_offset` + the place in the text.
template <typename Json>
[[nodiscard]] Json parse_json(std::string_view text, const std::string& file,
                              std::uint64_t file_offset = 0) {
  // An ordered object is searched key by key, so its size must be bounded too.
  constexpr std::size_t kMaxDepth = 32;
  constexpr std::size_t kMaxOrderedKeys = 4096;
  constexpr bool kOrdered = std::is_same_v<Json, nlohmann::ordered_json>;
  std::vector<std::set<std::string>> keys;
  const auto check = [&](int, typename Json::parse_event_t event, Json& value) {
    using Event = typename Json::parse_event_t;
    const auto refuse = [&](const std::string& problem) {
      throw FormatError(file, file_offset, "the JSON here " + problem);
    };
    switch (event) {
      case Event::object_start:
      case Event::array_start:
        keys.emplace_back();
        if (keys.size() > kMaxDepth) refuse("is nested too deeply");
        break;
      case Event::object_end:
      case Event::array_end:
        keys.pop_back();
        break;
      case Event::key: {
        auto& seen = keys.back();
        if (!seen.insert(value.template get<std::string>()).second) {
          refuse("has the key " + json_excerpt(value) + " twice in one object");
        }
        if (kOrdered && seen.size() > kMaxOrderedKeys) refuse("has too many keys in one object");
        break;
      }
      case Event::value:
        break;
    }
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const nlohmann::json::parse_error& error) {
    throw FormatError(file, file_offset + (error.byte > 0 ? error.byte - 1 : 0),
                      "this is not well-formed JSON");
  } catch (const nlohmann::json::out_of_range&) {
    throw FormatError(file, file_offset, "the JSON here has a number that is too large");
  }
}

/// `object[key]` for reading, or a FormatError that says which key of `where` is missing. Here and
/// below, `file_offset` is where the JSON begins.
template <typename Json>
[[nodiscard]] const Json& json_member(const Json& object, const char* key, const std::string& file,
                                      std::string_view where, std::uint64_t file_offset = 0) {
  if (!object.is_object())
    throw FormatError(file, file_offset, std::string(where) + " must be a JSON object");
  const auto found = object.find(key);
  if (found == object.end()) {
    throw FormatError(file, file_offset,
                      std::string(where) + " has no \"" + std::string(key) + "\"");
  }
  return *found;
}

/// The value as an unsigned number of at most `max`, or a FormatError.
template <typename Json>
[[nodiscard]] std::uint64_t json_unsigned(const Json& value, std::uint64_t max,
                                          const std::string& file, const std::string& where,
                                          std::uint64_t file_offset = 0) {
  if (!value.is_number_unsigned() || value.template get<std::uint64_t>() > max) {
    throw FormatError(file, file_offset,
                      where + " must be a whole number from 0 to " + std::to_string(max) +
                          ", found " + json_excerpt(value));
  }
  return value.template get<std::uint64_t>();
}

template <typename Json>
[[nodiscard]] bool json_bool(const Json& value, const std::string& file, const std::string& where) {
  if (!value.is_boolean()) {
    throw FormatError(file, 0, where + " must be true or false, found " + json_excerpt(value));
  }
  return value.template get<bool>();
}

template <typename Json>
[[nodiscard]] std::string json_string(const Json& value, const std::string& file,
                                      const std::string& where) {
  if (!value.is_string()) {
    throw FormatError(file, 0, where + " must be a string, found " + json_excerpt(value));
  }
  return value.template get<std::string>();
}

}  // namespace splitscope::formats
