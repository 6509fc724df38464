// JSON that people write (suites, profiles) and that we must believe (manifests, results to go on
// from): read strictly, with the place of whatever is wrong.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace splitscope {

/// Parses `text`. Besides what is no JSON it refuses keys that stand twice in one object, integers
/// that 64 bits cannot hold, and more than 64 levels. Errors: UsageError
/// "<file>: line 3, column 7: ...".
[[nodiscard]] nlohmann::json parse_strict_json(std::string_view text, const std::string& file);

/// The text of a file of at most `limit_bytes`. Errors: FileError, UsageError for a longer one.
[[nodiscard]] std::string read_small_file(const std::filesystem::path& file,
                                          std::uint64_t limit_bytes);

/// One value of a document and where it stands. Borrows the value. Errors: UsageError
/// "<file>: cases[2].input.size: expected a text, found 7". Values that look like secrets are not
/// quoted.
class StrictJson {
 public:
  StrictJson(const nlohmann::json& value, std::string file, std::string path = {})
      : value_(value), file_(std::move(file)), path_(std::move(path)) {}

  [[noreturn]] void fail(const std::string& problem) const;
  [[noreturn]] void expected(const std::string& what) const;

  /// It is an object and has no other keys.
  void allow_only(std::initializer_list<std::string_view> keys) const;
  [[nodiscard]] std::optional<StrictJson> find(const char* key) const;
  /// Errors: UsageError when it is missing.
  [[nodiscard]] StrictJson at(const char* key) const;
  /// The members of an object.
  [[nodiscard]] std::vector<std::pair<std::string, StrictJson>> members() const;
  /// The items of a list that has at least one.
  [[nodiscard]] std::vector<StrictJson> items() const;

  /// A text that is not empty.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::uint64_t whole(std::uint64_t least, std::uint64_t most) const;
  /// As text(); at most `limit` bytes of letters, digits, '.', '_' and '-', no dot first.
  [[nodiscard]] std::string name(std::size_t limit = 64) const;

  [[nodiscard]] const nlohmann::json& value() const { return value_; }
  /// "<file>: <path>".
  [[nodiscard]] std::string where() const;

 private:
  [[nodiscard]] StrictJson below(const std::string& key, const nlohmann::json& value) const;

  const nlohmann::json& value_;
  std::string file_;
  std::string path_;
};

}  // namespace splitscope
