// One figure of a result: a value with its key, or the reason why there is none.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace splitscope::record {

/// Keys are flat; those of bytes end in `_bytes`. A value that could not be measured is monostate
/// with a reason, never 0.
struct Measure {
  std::string key;
  std::variant<std::monostate, std::uint64_t, double> value;
  std::string absent_because;
  /// It comes from samples: what lay between two of them may have been higher.
  bool at_least = false;

  static Measure of(std::string key, std::uint64_t value) { return {std::move(key), value, {}}; }
  static Measure of_real(std::string key, double value) { return {std::move(key), value, {}}; }
  static Measure seen(std::string key, std::uint64_t value) {
    return {std::move(key), value, {}, true};
  }
  static Measure absent(std::string key, std::string why) {
    return {std::move(key), std::monostate{}, std::move(why)};
  }
};

using Measures = std::vector<Measure>;

/// Measures something about its own process between start() and stop(). start() does all that
/// allocates; stop() first takes its readings and only then builds the result, so that recorders do
/// not measure each other. A recorder that cannot work says so in absent measures and never throws.
class Recorder {
 public:
  virtual ~Recorder() = default;
  virtual void start() = 0;
  [[nodiscard]] virtual Measures stop() = 0;
};

}  // namespace splitscope::record
