#include "harness/run/suite.h"

#include <algorithm>
#include <limits>

#include "base/errors.h"
#include "base/nearest_name.h"
#include "base/printable.h"
#include "base/secrets.h"
#include "base/size_text.h"
#include "base/strict_json.h"

namespace splitscope::run {

namespace fs = std::filesystem;

namespace {

// Above these a suite is a mistake: no machine has as many processors, days or gigabytes.
constexpr std::uint64_t kMaxConcurrency = 1024;
constexpr std::uint64_t kMaxTimeoutSeconds = 7 * 24 * 3600;
constexpr std::uint64_t kMaxSplits = 10'000;
constexpr std::uint64_t kMaxSuiteBytes = 1 << 20;

void refuse_secrets(const StrictJson& place, const std::string& key, const std::string& value) {
  if (!names_a_secret(key) && !looks_like_a_secret(value)) return;
  place.fail(
      "looks like a secret, and results show all options; put it into an environment variable");
}

InputSpec read_input(const StrictJson& value) {
  value.allow_only({"profile", "size", "count", "seed"});
  InputSpec input;
  if (const auto profile = value.find("profile")) input.profile = profile->name();
  const auto size = value.find("size");
  if (!size) value.fail("key 'size' is missing; write for example \"size\": \"20MB\"");
  try {
    input.size_bytes = parse_size(size->text());
  } catch (const UsageError& error) {
    size->fail(error.what());
  }
  if (input.size_bytes == 0) size->fail("a size of 0 bytes; write for example \"20MB\"");
  if (const auto count = value.find("count")) {
    input.count = static_cast<int>(count->whole(1, kMaxSplits));
  }
  if (const auto seed = value.find("seed")) {
    input.seed = seed->whole(0, std::numeric_limits<std::uint64_t>::max());
  }
  return input;
}

void read_texts(const StrictJson& value, const char* key, std::vector<std::string>& target) {
  const auto list = value.find(key);
  if (!list) return;
  target.clear();
  for (const StrictJson& item : list->items()) {
    target.push_back(item.text());
    // A strategy has its options behind its name: "pooled-buffer:size=1MiB".
    const std::string& text = target.back();
    for (std::size_t at = text.find(':'); at != std::string::npos; at = text.find(',', at + 1)) {
      refuse_secrets(item, text.substr(at + 1, text.find('=', at) - at - 1), text);
    }
    if (printable(text) != text) item.fail("characters that cannot be shown: " + printable(text));
  }
}

void read_axes(const StrictJson& value, SuiteBlock& block) {
  read_texts(value, "strategies", block.strategies);
  read_texts(value, "allocators", block.allocators);
  if (const auto list = value.find("concurrency")) {
    block.concurrency.clear();
    for (const StrictJson& item : list->items()) {
      block.concurrency.push_back(static_cast<int>(item.whole(1, kMaxConcurrency)));
    }
  }
  if (const auto list = value.find("cache")) {
    block.cache.clear();
    for (const StrictJson& item : list->items()) {
      const std::string state = item.text();
      if (state != "warm" && state != "cold") item.expected("warm or cold");
      block.cache.push_back(parse_cache_state(state));
    }
  }
  if (const auto list = value.find("memory_cap")) {
    block.memory_caps.clear();
    for (const StrictJson& item : list->items()) {
      try {
        block.memory_caps.push_back(parse_memory_cap(item.text()));
      } catch (const UsageError& error) {
        item.fail(error.what());
      }
    }
  }
  if (const auto number = value.find("repetitions")) {
    block.repetitions = static_cast<int>(number->whole(1, kMaxRepetitions));
  }
  if (const auto seconds = value.find("timeout_s")) {
    block.timeout = std::chrono::seconds(seconds->whole(1, kMaxTimeoutSeconds));
  }
}

SuiteBlock read_block(const StrictJson& value, const SuiteBlock& defaults) {
  value.allow_only({"workload", "options", "input", "inputs", "strategies", "allocators",
                    "concurrency", "cache", "memory_cap", "repetitions", "timeout_s"});
  SuiteBlock block = defaults;
  block.where = value.where();
  block.workload = value.at("workload").name();
  if (const auto options = value.find("options")) {
    for (const auto& [key, option] : options->members()) {
      if (names_a_secret(key)) refuse_secrets(option, key, {});
      const std::string text = option.text();
      refuse_secrets(option, key, text);
      block.options[key] = text;
    }
  }
  if (value.find("input") && value.find("inputs")) {
    value.fail("has both 'input' and 'inputs'; write one of them");
  }
  if (const auto input = value.find("input")) block.inputs.push_back(read_input(*input));
  if (const auto inputs = value.find("inputs")) {
    for (const StrictJson& input : inputs->items()) block.inputs.push_back(read_input(input));
  }
  read_axes(value, block);
  return block;
}

Suite read_suite(const StrictJson& value, const fs::path& file) {
  value.allow_only({"about", "strategies", "allocators", "concurrency", "cache", "memory_cap",
                    "repetitions", "timeout_s", "cases"});
  Suite suite;
  suite.name = printable(file.stem().native(), "%");
  if (const auto about = value.find("about")) suite.about = about->text();
  SuiteBlock defaults;
  read_axes(value, defaults);
  for (const StrictJson& one : value.at("cases").items()) {
    suite.blocks.push_back(read_block(one, defaults));
  }
  return suite;
}

}  // namespace

std::optional<std::uint64_t> parse_memory_cap(const std::string& text) {
  if (text == "none") return std::nullopt;
  const std::uint64_t bytes = parse_size(text);
  if (bytes == 0) throw UsageError("a memory cap of 0 bytes; write a size such as 64MiB, or none");
  return bytes;
}

bool is_suite_file(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".json");
}

fs::path suite_file(const std::string& name, const fs::path& folder) {
  return is_suite_file(name) ? fs::path(name) : folder / (name + ".json");
}

Suite load_suite(const std::string& name, const fs::path& folder) {
  const fs::path file = suite_file(name, folder);
  std::error_code ignored;
  if (!is_suite_file(name) && !fs::exists(file, ignored)) {
    throw UsageError("suite '" + shortened(name, 80) + "' is unknown" +
                     did_you_mean(name, suite_names(folder)) +
                     "; there are: " + listed(suite_names(folder)));
  }
  const std::string shown = printable(file.native());
  const nlohmann::json value = parse_strict_json(read_small_file(file, kMaxSuiteBytes), shown);
  return read_suite(StrictJson(value, shown), file);
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
