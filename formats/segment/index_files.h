// The files of one index, whether they lie in a directory or one after another in a .split file.
// Section 2 of docs/split-format.md. split/open_index.h opens either kind.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/codec/source_range.h"
#include "formats/segment/byte_range.h"
#include "formats/segment/meta_json.h"
#include "strategies/interface/strategy.h"

namespace splitscope::formats {

enum class IndexKind { kDirectory, kSplit };

/// A file of an index: of a directory, or a range of a split.
struct IndexFileEntry {
  std::string name;
  std::uint64_t size_bytes = 0;
};

/// Whether a file of that name in an index folder is a part of it: all are but those that
/// list_directory leaves out.
[[nodiscard]] bool belongs_to_index(std::string_view name);

/// Names and sizes of the regular files of `directory` that belong to an index, sorted by name: all
/// but tantivy's locks (".tantivy*"), splits ("*.split") and unfinished files of splitscope's
/// sinks. Errors: std::system_error (no such directory, no permission).
[[nodiscard]] std::vector<IndexFileEntry> list_directory(const std::filesystem::path& directory);

/// Holds the ByteSources: one per file of a directory, opened when first asked for, or one for a
/// whole split. Ranges that it hands out must not outlive it (moving it is fine); it must not
/// outlive the strategy. Single-threaded.
class IndexFiles {
 public:
  /// Errors: std::system_error; FormatError without meta.json or with a malformed one.
  [[nodiscard]] static IndexFiles open_directory(Strategy& strategy,
                                                 const std::filesystem::path& directory);

  struct Part {
    std::string name;
    ByteRange range;
  };
  /// A split whose container was parsed already; `source` is the whole file. Errors: FormatError.
  [[nodiscard]] static IndexFiles from_split(std::unique_ptr<ByteSource> source,
                                             const std::filesystem::path& split,
                                             const std::vector<Part>& parts);

  [[nodiscard]] IndexKind kind() const { return kind_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const IndexMeta& meta() const { return meta_; }
  /// Sorted by name.
  [[nodiscard]] const std::vector<IndexFileEntry>& list() const { return list_; }
  [[nodiscard]] bool contains(std::string_view name) const;
  /// Sum of the sizes of all files.
  [[nodiscard]] std::uint64_t total_bytes() const;

  /// The whole file, named "<last part of path>:<name>" in errors. Errors: FormatError when the
  /// index has no such file; std::system_error when it cannot be opened.
  [[nodiscard]] SourceRange file(std::string_view name);

 private:
  struct Slot {
    std::unique_ptr<ByteSource> own;  // of a directory, once opened
    ByteRange range;                  // in the split
  };

  IndexFiles(IndexKind kind, std::filesystem::path path) : kind_(kind), path_(std::move(path)) {}
  [[nodiscard]] std::size_t slot_of(std::string_view name) const;
  void read_meta();

  IndexKind kind_;
  std::filesystem::path path_;
  Strategy* strategy_ = nullptr;
  std::unique_ptr<ByteSource> split_;
  std::vector<IndexFileEntry> list_;
  std::vector<Slot> slots_;  // parallel to list_
  IndexMeta meta_;
};

}  // namespace splitscope::formats
