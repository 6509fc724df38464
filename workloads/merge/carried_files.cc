#include "workloads/merge/carried_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/errors.h"
#include "formats/errors.h"
#include "formats/split/bundle.h"
#include "formats/split/compare_ranges.h"

namespace splitscope::workloads {
namespace {

constexpr std::string_view kWayOut = "--drop-unknown leaves such files out";

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/// "<32 hex digits>.<extension>" or "<32 hex digits>.<number>.del".
bool is_segment_file(std::string_view name) {
  constexpr std::size_t kStemBytes = 32;
  if (name.size() <= kStemBytes || name[kStemBytes] != '.' ||
      !std::all_of(name.begin(), name.begin() + kStemBytes, is_hex)) {
    return false;
  }
  const std::string_view rest = name.substr(kStemBytes + 1);
  if (rest.ends_with(".del")) return true;
  return std::any_of(
      formats::kSegmentComponents.begin(), formats::kSegmentComponents.end(),
      [&](formats::SegmentComponent component) { return rest == formats::extension(component); });
}

bool is_known(std::string_view name) {
  return name == formats::kMetaFile || name == formats::kManagedFile ||
         name == formats::kSplitFieldsFile || is_segment_file(name);
}

/// Why the two do not agree on `name`; nothing when they do.
std::optional<std::string> disagreement(formats::IndexFiles& a, formats::IndexFiles& b,
                                        const std::string& name) {
  for (const auto& [with, without] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    if (without->contains(name)) continue;
    return fmt::format("\"{}\" is in {}, but not in {}", name, shown_path(with->path()),
                       shown_path(without->path()));
  }
  const auto at = formats::first_difference(a.file(name), b.file(name));
  if (!at) return std::nullopt;
  return fmt::format("\"{}\" differs between {} and {}, at byte {}", name, shown_path(a.path()),
                     shown_path(b.path()), *at);
}

void check_name(const formats::IndexFiles& index, const std::string& name) {
  std::string problem = formats::file_name_problem(name);
  if (problem.empty() && !formats::belongs_to_index(name))
    problem = "is one of a lock or of another split";
  if (problem.empty()) return;
  throw UsageError(fmt::format("{}: the name of \"{}\" {}, so that no merged split can have it; {}",
                               shown_path(index.path()), name, problem, kWayOut));
}

}  // namespace

CarriedFiles::CarriedFiles(const MergeInputs& inputs, UnknownFiles choice)
    : first_(*inputs.indexes().front()) {
  if (choice == UnknownFiles::kDrop) return;
  for (const auto& index : inputs.indexes()) {
    for (const formats::IndexFileEntry& entry : index->list()) {
      if (is_known(entry.name)) continue;
      if (std::find(names_.begin(), names_.end(), entry.name) != names_.end()) continue;
      check_name(*index, entry.name);
      names_.push_back(entry.name);
    }
  }
  for (const std::string& name : names_) {
    for (const auto& index : inputs.indexes()) {
      // The first one that has it is a side of the comparison.
      const auto with = std::find_if(inputs.indexes().begin(), inputs.indexes().end(),
                                     [&](const auto& one) { return one->contains(name); });
      if (index == *with) continue;
      if (const auto problem = disagreement(**with, *index, name)) {
        throw UsageError(
            fmt::format("{}; a merge carries files that it does not know when all inputs agree on "
                        "them; {}",
                        *problem, kWayOut));
      }
    }
  }
}

void CarriedFiles::copy_to(Strategy& strategy, const std::filesystem::path& folder) const {
  for (const std::string& name : names_) {
    const formats::SourceRange file = first_.file(name);
    const auto sink = strategy.create(folder / name);
    sink->copy_from(file.source(), file.offset(), file.size());
    sink->finish();
  }
}

void CarriedFiles::check(formats::IndexFiles& merged) const {
  const std::string path = shown_path(merged.path());
  for (const std::string& name : names_) {
    if (!merged.contains(name)) {
      throw formats::WrongOutput(fmt::format("{}: \"{}\" of the inputs is missing", path, name));
    }
    if (const auto at = formats::first_difference(first_.file(name), merged.file(name))) {
      throw formats::WrongOutput(
          fmt::format("{}: \"{}\" differs from that of the inputs at byte {}", path, name, *at));
    }
  }
  for (const formats::IndexFileEntry& entry : merged.list()) {
    if (is_known(entry.name)) continue;
    if (std::find(names_.begin(), names_.end(), entry.name) != names_.end()) continue;
    throw formats::WrongOutput(fmt::format("{}: \"{}\" is in no input", path, entry.name));
  }
}

}  // namespace splitscope::workloads
