#include "harness/cli/run_options.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "base/strict_json.h"

namespace splitscope::cli {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

namespace {

constexpr std::string_view kOutFlag = "--benchmark_out=";

// JSON is UTF-8, names are any bytes.
std::string escaped(std::string_view text) { return printable(text, "%"); }

ordered_json list_of(const std::vector<std::string>& texts) {
  ordered_json list = ordered_json::array();
  for (const std::string& text : texts) list.push_back(escaped(text));
  return list;
}

ordered_json list_of(const std::vector<fs::path>& paths) {
  ordered_json list = ordered_json::array();
  for (const fs::path& path : paths) list.push_back(escaped(fs::absolute(path).native()));
  return list;
}

std::string anywhere(const std::string& flag) {
  if (!flag.starts_with(kOutFlag) || flag.size() == kOutFlag.size()) return flag;
  return std::string(kOutFlag) + fs::absolute(flag.substr(kOutFlag.size())).native();
}

template <typename T>
std::vector<T> texts_of(const StrictJson& list) {
  std::vector<T> texts;
  if (!list.value().is_array()) list.expected("a list");
  if (list.value().empty()) return texts;
  for (const StrictJson& item : list.items()) texts.emplace_back(unescaped(item.text()));
  return texts;
}

}  // namespace

ordered_json stored_options(const RunOptions& options) {
  std::vector<std::string> flags;
  for (const std::string& flag : options.benchmark_flags) flags.push_back(anywhere(flag));
  const std::string suite =
      run::is_suite_file(options.suite) ? fs::absolute(options.suite).native() : options.suite;
  return {{"suite", escaped(suite)},
          {"strategy", list_of(options.strategies)},
          {"workload", list_of(options.workloads)},
          {"allocator", list_of(options.allocators)},
          {"input", list_of(options.files)},
          {"cache", options.cache},
          {"memory_cap", list_of(options.memory_caps)},
          {"repetitions", options.repetitions},
          {"timeout_ms", std::llround(options.timeout_s * 1000)},
          {"cache_dir", escaped(fs::absolute(options.cache_folder).native())},
          {"plugin", list_of(options.plugins)},
          {"sample_interval_us", options.sample_interval_us},
          {"benchmark_flags", list_of(flags)}};
}

void take_stored(RunOptions& options, const nlohmann::json& stored, const std::string& file,
                 const std::function<bool(std::string_view)>& given) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
  const StrictJson from(stored, file, "context.resume");
  const auto number = [&](const char* key) {
    return static_cast<int>(from.at(key).whole(0, kMost));
  };
  if (!given("--suite")) options.suite = unescaped(from.at("suite").text());
  if (!given("--strategy")) options.strategies = texts_of<std::string>(from.at("strategy"));
  if (!given("--workload")) options.workloads = texts_of<std::string>(from.at("workload"));
  if (!given("--allocator")) options.allocators = texts_of<std::string>(from.at("allocator"));
  if (!given("--input")) options.files = texts_of<fs::path>(from.at("input"));
  if (!given("--cache")) {
    const StrictJson cache = from.at("cache");
    options.cache = cache.value() == "" ? std::string() : cache.text();
  }
  // A result of an earlier version has none.
  if (const auto caps = from.find("memory_cap"); caps && !given("--memory-cap")) {
    options.memory_caps = texts_of<std::string>(*caps);
  }
  if (!given("--repetitions")) options.repetitions = number("repetitions");
  if (!given("--timeout")) options.timeout_s = number("timeout_ms") / 1000.0;
  if (!given("--cache-dir")) options.cache_folder = unescaped(from.at("cache_dir").text());
  if (!given("--plugin")) options.plugins = texts_of<fs::path>(from.at("plugin"));
  if (!given("--sample-interval")) options.sample_interval_us = number("sample_interval_us");
  if (options.benchmark_flags.empty()) {
    options.benchmark_flags = texts_of<std::string>(from.at("benchmark_flags"));
  }
}

}  // namespace splitscope::cli
