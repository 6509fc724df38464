// What parent and child tell each other: two small JSON files in the work folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/run/case.h"
#include "harness/run/sample.h"

namespace splitscope::run {

/// Names within the work folder.
inline constexpr const char* kSpecFile = "spec.json";
inline constexpr const char* kResultFile = "result.json";
inline constexpr const char* kCgroupLink = "cgroup";

/// What stands before the spec's name on a child's command line: the second where the child has
/// joined its cgroup and begun anew there, so that all of its memory is counted.
inline constexpr const char* kSpecOption = "--spec";
inline constexpr const char* kSpecInCgroupOption = "--spec-in-cgroup";

/// The descriptor under which a child finds its TimelineChannel.
inline constexpr int kChannelDescriptor = 3;

/// Parent to child: the case, its inputs by their names in the work folder, and what only this run
/// knows of. All names are relative to the work folder.
struct ChildSpec {
  CaseSpec spec;
  /// How messages call each input (base/shown_name.h).
  std::vector<std::string> shown_inputs;
  std::string output;
  std::vector<std::string> plugins;
  /// Library that holds the workload; empty when it has none.
  std::string library;
  /// What is to hold the cap of the case's id.
  CapKind capped_by = CapKind::kNone;
};

/// Errors: std::system_error that names the file.
void write_child_spec(const std::filesystem::path& file, const ChildSpec& child);
/// Errors: std::runtime_error that names the file.
[[nodiscard]] ChildSpec read_child_spec(const std::filesystem::path& file);

/// Child to parent; the file exists only when it is whole. Phases and timeline travel
/// through the TimelineChannel instead.
void write_child_result(const std::filesystem::path& file, const Sample& sample);
[[nodiscard]] Sample read_child_result(const std::filesystem::path& file);

/// Writes under a temporary name and renames. Errors: std::system_error that names the file.
void replace_file(const std::filesystem::path& file, const std::string& content);

}  // namespace splitscope::run
