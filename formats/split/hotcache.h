// The hotcache: the bytes of an index that opening it touches, gathered at the end of a split so
// that one request fetches them. Section 1.5 of docs/split-format.md;
// quickwit-directories/src/hot_directory.rs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/codec/source_range.h"
#include "formats/segment/byte_range.h"
#include "strategies/interface/byte_sink.h"

namespace splitscope::formats {

/// A stretch of a file that the hotcache holds.
struct CachedSlice {
  /// In the file.
  ByteRange range;
  /// Where its bytes lie in the hotcache.
  std::uint64_t address = 0;
};

struct CachedFile {
  std::string name;
  /// Length of the whole file, cached or not.
  std::uint64_t total_length = 0;
  /// In order of start; they do not overlap.
  std::vector<CachedSlice> slices;

  [[nodiscard]] bool complete() const {
    return slices.size() == 1 && slices.front().range.size() == total_length;
  }
};

/// A parsed hotcache. The index lies on the heap, the bytes stay in the source, which must outlive
/// it. Immutable: any thread may use it.
class Hotcache {
 public:
  /// Reads headers and slice lists, not the cached bytes. Errors: FormatError; UnsupportedFeature
  /// for an unknown version.
  explicit Hotcache(const SourceRange& range);

  /// Sorted by name. A file that is not here does not exist for a reader that goes through the
  /// hotcache.
  [[nodiscard]] const std::vector<CachedFile>& files() const { return files_; }
  [[nodiscard]] const CachedFile* find(std::string_view name) const;

  /// Bytes [offset, offset + length) of a file, when they lie wholly inside one slice.
  [[nodiscard]] std::optional<Bytes> read(std::string_view name, std::uint64_t offset,
                                          std::uint64_t length) const;
  /// The bytes of one slice, for checks.
  [[nodiscard]] SourceRange slice(const CachedSlice& slice) const {
    return range_.slice(slice.address, slice.range.size());
  }

 private:
  SourceRange range_;
  std::vector<CachedFile> files_;
};

/// What a hotcache shall hold: ranges only, the bytes stay where they are until it is written.
struct HotcachePlan {
  struct File {
    std::string name;
    SourceRange content;
    /// In any order, may overlap or touch; seal() puts them right.
    std::vector<ByteRange> ranges;
  };
  std::vector<File> files;

  /// Sorts files by name and ranges by start, and joins ranges that overlap or touch, so that the
  /// same plan always gives the same bytes.
  void seal();
};

/// Bytes that the hotcache of a sealed plan takes.
[[nodiscard]] std::uint64_t hotcache_length(const HotcachePlan& plan);

/// Writes the hotcache of a sealed plan, copying ranges from file to sink.
void write_hotcache(const HotcachePlan& plan, ByteSink& sink);

}  // namespace splitscope::formats
