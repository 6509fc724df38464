// Options of a strategy: the part after the colon in "pooled-buffer:buffers=8,size=1MiB".
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace splitscope {

struct OptionInfo {
  std::string name;
  /// As the user would write it.
  std::string default_value;
  std::string help;
  /// Other values that lead through other code: the contract tests run under the first of every
  /// option together, then under the second, and so on.
  std::vector<std::string> tried = {};
};

/// Smallest and largest value that an option takes, both included.
struct OptionLimits {
  std::uint64_t least;
  std::uint64_t most;
};

/// Parses the given options once; a strategy then asks for each that it knows, which marks it as
/// consumed. Every method throws UsageError that says what was given and what is possible.
class Options {
 public:
  /// `text` is "key=value,key=value" or empty. `known` must outlive this object.
  Options(std::string_view strategy, std::string_view text, std::span<const OptionInfo> known);

  [[nodiscard]] std::uint64_t size(std::string_view name, OptionLimits limits);
  /// As size(), but the value may also be `word`, which yields 0.
  [[nodiscard]] std::uint64_t size_or(std::string_view word, std::string_view name,
                                      OptionLimits limits);
  [[nodiscard]] std::uint64_t count(std::string_view name, OptionLimits limits);
  /// The position in `choices` of the value.
  [[nodiscard]] std::size_t choice(std::string_view name,
                                   std::initializer_list<std::string_view> choices);
  /// "on" or "off".
  [[nodiscard]] bool flag(std::string_view name);

  /// Throws when an option was given that nobody asked for. Call after the strategy is made.
  void check_all_consumed() const;

  /// The strategy's name with the values asked for so far that differ from their defaults.
  [[nodiscard]] const std::string& canonical_name() const noexcept { return canonical_name_; }

 private:
  struct Given {
    std::string name;
    std::string value;
    bool consumed = false;
  };
  struct Value {
    std::string given;
    std::string default_value;
  };

  [[nodiscard]] Value take(std::string_view name);
  [[nodiscard]] std::string subject(std::string_view name) const;
  [[nodiscard]] std::uint64_t limited_size(std::string_view name, std::string_view text,
                                           OptionLimits limits) const;
  [[nodiscard]] std::uint64_t limited_count(std::string_view name, std::string_view text,
                                            OptionLimits limits) const;
  void note(std::string_view name, std::string_view value);

  std::string strategy_;
  std::span<const OptionInfo> known_;
  std::vector<Given> given_;
  std::string canonical_name_;
};

}  // namespace splitscope
