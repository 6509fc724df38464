#include "formats/segment/index_files.h"

#include <algorithm>
#include <utility>

#include "base/short_name.h"
#include "formats/errors.h"

namespace splitscope::formats {
namespace {

// meta.json is read whole. A schema of ten thousand fields takes about 3 MB.
constexpr std::uint64_t kMaxMetaBytes = std::uint64_t{64} << 20;

/// A sink's file that was never finished: ".<name>.tmp-<pid>-<n>" (base/file_output.h).
bool is_unfinished(std::string_view name) {
  constexpr std::string_view kMark = ".tmp-";
  const auto mark = name.rfind(kMark);
  if (!name.starts_with('.') || mark == name.npos) return false;
  const auto rest = name.substr(mark + kMark.size());
  return !rest.empty() && rest.find_first_not_of("0123456789-") == rest.npos;
}

}  // namespace

bool belongs_to_index(std::string_view name) {
  return !name.starts_with(".tantivy") && !name.ends_with(".split") && !is_unfinished(name);
}

std::vector<IndexFileEntry> list_directory(const std::filesystem::path& directory) {
  std::vector<IndexFileEntry> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    auto name = entry.path().filename().string();
    if (!belongs_to_index(name) || !entry.is_regular_file()) continue;
    files.push_back({std::move(name), entry.file_size()});
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

IndexFiles IndexFiles::open_directory(Strategy& strategy, const std::filesystem::path& directory) {
  IndexFiles files(IndexKind::kDirectory, directory);
  files.strategy_ = &strategy;
  files.list_ = list_directory(directory);
  files.slots_.resize(files.list_.size());
  files.read_meta();
  return files;
}

IndexFiles IndexFiles::from_split(std::unique_ptr<ByteSource> source,
                                  const std::filesystem::path& split,
                                  const std::vector<Part>& parts) {
  IndexFiles files(IndexKind::kSplit, split);
  files.split_ = std::move(source);
  auto sorted = parts;
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  for (auto& part : sorted) {
    files.list_.push_back({std::move(part.name), part.range.size()});
    files.slots_.push_back({nullptr, part.range});
  }
  files.read_meta();
  return files;
}

std::size_t IndexFiles::slot_of(std::string_view name) const {
  const auto found = std::lower_bound(list_.begin(), list_.end(), name,
                                      [](const auto& entry, auto key) { return entry.name < key; });
  if (found == list_.end() || found->name != name) return list_.size();
  return static_cast<std::size_t>(found - list_.begin());
}

bool IndexFiles::contains(std::string_view name) const { return slot_of(name) < list_.size(); }

std::uint64_t IndexFiles::total_bytes() const {
  std::uint64_t total = 0;
  for (const auto& entry : list_) total += entry.size_bytes;
  return total;
}

SourceRange IndexFiles::file(std::string_view name) {
  const auto slot = slot_of(name);
  auto full_name = short_name(path_) + ":" + std::string(name);
  if (slot == list_.size()) {
    throw FormatError(short_name(path_), 0, "the index has no file \"" + std::string(name) + "\"");
  }
  auto& [own, range] = slots_[slot];
  if (kind_ == IndexKind::kSplit) {
    return {*split_, std::move(full_name), range.start, range.size()};
  }
  if (!own) {
    own = strategy_->open(path_ / name);
    // What was opened counts, not what the listing said a moment before.
    list_[slot].size_bytes = own->size();
  }
  return {*own, std::move(full_name)};
}

void IndexFiles::read_meta() {
  if (!contains(kMetaFile)) {
    throw FormatError(short_name(path_), 0,
                      "there is no meta.json here, so this is not a tantivy index");
  }
  const auto meta = file(kMetaFile);
  if (meta.size() > kMaxMetaBytes) {
    throw meta.error(0, "a meta.json of " + std::to_string(meta.size()) + " bytes; at most " +
                            std::to_string(kMaxMetaBytes) + " are read");
  }
  const Bytes text = meta.read(0, meta.size());
  meta_ = parse_meta({reinterpret_cast<const char*>(text.data()), text.size()}, meta.name());
}

}  // namespace splitscope::formats
