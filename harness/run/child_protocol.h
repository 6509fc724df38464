// What parent and child tell each other: two small JSON files in the work folder.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/run/sample.h"

namespace splitscope::run {

/// Names within the work folder.
inline constexpr const char* kSpecFile = "spec.json";
inline constexpr const char* kResultFile = "result.json";
inline constexpr const char* kCgroupLink = "cgroup";

/// The descriptor under which a child finds its TimelineChannel.
inline constexpr int kChannelDescriptor = 3;

/// Parent to child. Names are relative to the work folder.
struct ChildSpec {
  std::string workload;
  std::map<std::string, std::string> options;
  std::vector<std::string> inputs;
  std::string output;
  std::string strategy;
  std::vector<std::string> plugins;
  int concurrency = 1;
  CacheState cache = CacheState::kWarm;
};

/// Errors: std::system_error that names the file.
void write_child_spec(const std::filesystem::path& file, const ChildSpec& spec);
/// Errors: std::runtime_error that names the file.
[[nodiscard]] ChildSpec read_child_spec(const std::filesystem::path& file);

/// Child to parent; the file exists only when it is whole. Phases and timeline travel
/// through the TimelineChannel instead.
void write_child_result(const std::filesystem::path& file, const Sample& sample);
[[nodiscard]] Sample read_child_result(const std::filesystem::path& file);

/// Writes under a temporary name and renames. Errors: std::system_error that names the file.
void replace_file(const std::filesystem::path& file, const std::string& content);

}  // namespace splitscope::run
