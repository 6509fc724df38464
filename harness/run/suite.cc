#include "harness/run/suite.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/errors.h"
#include "base/size_text.h"

namespace splitscope::run {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

// Walks one object of the file and remembers which keys were asked for.
class Reader {
 public:
  Reader(const json& value, std::string where) : value_(value), where_(std::move(where)) {
    if (!value.is_object()) fail("an object was expected");
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw UsageError(where_ + ": " + problem);
  }

  void allow_only(std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, unused] : value_.items()) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
        fail("key '" + key + "' is unknown");
      }
    }
  }

  template <typename T>
  void read(const char* key, T& target) const {
    const auto found = value_.find(key);
    if (found == value_.end()) return;
    try {
      found->get_to(target);
    } catch (const json::exception&) {
      fail("key '" + std::string(key) + "' has a value of the wrong kind: " + found->dump());
    }
  }

  void read_count(const char* key, int& target) const {
    read(key, target);
    if (target < 1) fail("key '" + std::string(key) + "' must be at least 1");
  }

  [[nodiscard]] const json* get(const char* key) const {
    const auto found = value_.find(key);
    return found == value_.end() ? nullptr : &*found;
  }

  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  const json& value_;
  std::string where_;
};

InputSpec read_input(const json& value, const std::string& where) {
  const Reader reader(value, where);
  reader.allow_only({"profile", "size", "count", "seed"});
  InputSpec input;
  std::string size;
  reader.read("profile", input.profile);
  reader.read("size", size);
  reader.read_count("count", input.count);
  reader.read("seed", input.seed);
  if (size.empty()) reader.fail("key 'size' is missing; write for example \"size\": \"20MB\"");
  try {
    input.size_bytes = parse_size(size);
  } catch (const UsageError& error) {
    reader.fail(error.what());
  }
  return input;
}

void read_axes(const Reader& reader, SuiteBlock& block) {
  reader.read("strategies", block.strategies);
  reader.read("allocators", block.allocators);
  reader.read("concurrency", block.concurrency);
  for (const int copies : block.concurrency) {
    if (copies < 1) reader.fail("key 'concurrency' must hold numbers of at least 1");
  }
  std::vector<std::string> cache;
  reader.read("cache", cache);
  if (!cache.empty()) block.cache.clear();
  for (const std::string& state : cache) block.cache.push_back(parse_cache_state(state));
  reader.read_count("repetitions", block.repetitions);
  auto seconds = static_cast<int>(block.timeout / std::chrono::seconds(1));
  reader.read_count("timeout_s", seconds);
  block.timeout = std::chrono::seconds(seconds);
}

SuiteBlock read_block(const json& value, const std::string& where, const SuiteBlock& defaults) {
  const Reader reader(value, where);
  reader.allow_only({"workload", "options", "input", "inputs", "strategies", "allocators",
                     "concurrency", "cache", "repetitions", "timeout_s"});
  SuiteBlock block = defaults;
  reader.read("workload", block.workload);
  if (block.workload.empty()) reader.fail("key 'workload' is missing");
  reader.read("options", block.options);
  if (const json* input = reader.get("input")) {
    block.inputs.push_back(read_input(*input, where + ".input"));
  }
  if (const json* inputs = reader.get("inputs")) {
    if (!inputs->is_array()) reader.fail("key 'inputs' must be a list");
    for (const json& input : *inputs) block.inputs.push_back(read_input(input, where + ".inputs"));
  }
  read_axes(reader, block);
  return block;
}

Suite read_suite(const json& value, const fs::path& file) {
  const Reader reader(value, file.string());
  reader.allow_only({"about", "strategies", "allocators", "concurrency", "cache", "repetitions",
                     "timeout_s", "cases"});
  Suite suite;
  suite.name = file.stem().string();
  reader.read("about", suite.about);
  SuiteBlock defaults;
  read_axes(reader, defaults);
  const json* cases = reader.get("cases");
  if (cases == nullptr || !cases->is_array() || cases->empty()) {
    reader.fail("key 'cases' must be a list of at least one case");
  }
  for (std::size_t i = 0; i < cases->size(); ++i) {
    suite.blocks.push_back(
        read_block((*cases)[i], file.string() + ": cases[" + std::to_string(i) + "]", defaults));
  }
  return suite;
}

}  // namespace

Suite load_suite(const std::string& name, const fs::path& folder) {
  const bool is_file = name.find('/') != std::string::npos || name.ends_with(".json");
  const fs::path file = is_file ? fs::path(name) : folder / (name + ".json");
  std::ifstream in(file);
  if (!in) {
    if (is_file) throw UsageError("cannot read suite file " + name);
    std::string known;
    for (const std::string& suite : suite_names(folder)) known += " " + suite;
    throw UsageError("suite '" + name + "' is unknown; there are:" + known);
  }
  try {
    return read_suite(json::parse(in), file);
  } catch (const json::parse_error& error) {
    throw UsageError(file.string() + ": not JSON: " + error.what());
  }
}

std::vector<std::string> suite_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace splitscope::run
