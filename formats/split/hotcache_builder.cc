#include "formats/split/hotcache_builder.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "formats/codec/byte_reader.h"
#include "formats/segment/segment_files.h"

namespace splitscope::formats {
namespace {

// tantivy's 4-byte tag after each dictionary.
constexpr std::uint64_t kTypeBytes = 4;
constexpr std::uint32_t kFstType = 1;
constexpr std::uint32_t kSstableType = 2;
constexpr std::uint64_t kFstFooterBytes = 12;
constexpr std::uint64_t kSstableFooterBytes = 20;
constexpr std::uint64_t kStoreFooterBytes = 28;
constexpr std::uint64_t kColumnarFooterBytes = 20;
constexpr std::uint64_t kTokenCountBytes = 8;
constexpr std::uint64_t kFileTailBytes = 8;
constexpr std::uint64_t kCompositeLengthBytes = 4;
// Quickwit keeps larger ranges out, except those of dictionaries and of the store.
constexpr std::uint64_t kMaxRangeBytes = 10'000'000;

/// Collects the ranges of one file. Ranges given to it are SourceRanges inside the file.
class Touched {
 public:
  Touched(std::string name, SourceRange content)
      : file_{std::move(name), std::move(content), {}},
        keeps_large_(file_.name.ends_with("store") || file_.name.ends_with("term")) {}

  void add(const SourceRange& part, std::uint64_t offset, std::uint64_t length) {
    if (!keeps_large_ && length >= kMaxRangeBytes) return;
    const auto start = part.offset() - file_.content.offset() + offset;
    file_.ranges.push_back({start, start + length});
  }

  /// As add, and reads the bytes. Throws FormatError when they do not lie in `part`.
  [[nodiscard]] Bytes read(const SourceRange& part, std::uint64_t offset, std::uint64_t length) {
    Bytes bytes = part.read(offset, length);
    add(part, offset, length);
    return bytes;
  }

  /// The last `length` bytes of `part`, or a FormatError that says what is missing.
  [[nodiscard]] Bytes read_end(const SourceRange& part, std::uint64_t length, const char* what) {
    if (part.size() < length) {
      throw part.error(0, std::string(what) + " takes " + std::to_string(length) +
                              " bytes, but only " + std::to_string(part.size()) + " are here");
    }
    return read(part, part.size() - length, length);
  }

  void add_footer(const FileFooter& footer) {
    add(file_.content, footer.json.start, footer.json.size());
    add(file_.content, footer.json.end, kFileTailBytes);
  }

  void add_composite(const FileFooter& footer, const CompositeFile& composite) {
    const auto at = composite.footer();
    add(footer.body, at.start, at.size());
    add(footer.body, at.end, kCompositeLengthBytes);
  }

  [[nodiscard]] const SourceRange& content() const { return file_.content; }
  [[nodiscard]] HotcachePlan::File take() { return std::move(file_); }

 private:
  HotcachePlan::File file_;
  bool keeps_large_;
};

/// The footer of a block dictionary and its index, which lies between the blocks and the footer.
void touch_sstable(Touched& file, const SourceRange& table) {
  const Bytes footer = file.read_end(table, kSstableFooterBytes, "the footer of a dictionary");
  const auto index_end = table.size() - kSstableFooterBytes;
  ByteReader reader(footer.span(), {table.name(), index_end});
  const auto index_start = reader.fixed<std::uint64_t>();
  if (index_start > index_end) {
    throw table.error(index_end, "the dictionary's index begins at " + std::to_string(index_start) +
                                     ", past its footer");
  }
  file.add(table, index_start, index_end - index_start);
}

void touch_dictionary(Touched& file, const SourceRange& dictionary) {
  const Bytes tag = file.read_end(dictionary, kTypeBytes, "the type of a dictionary");
  const auto type_at = dictionary.size() - kTypeBytes;
  const auto type = ByteReader(tag.span(), {dictionary.name(), type_at}).fixed<std::uint32_t>();
  const auto inner = dictionary.slice(0, type_at);
  if (type == kSstableType) {
    touch_sstable(file, inner);
  } else if (type == kFstType) {
    static_cast<void>(file.read_end(inner, kFstFooterBytes, "the footer of a dictionary"));
  } else {
    throw dictionary.error(
        type_at, "dictionary type " + std::to_string(type) + "; 1 (FST) and 2 (SSTable) are known");
  }
}

void touch_store(Touched& file, const SourceRange& body) {
  const Bytes footer = file.read_end(body, kStoreFooterBytes, "the footer of a store");
  const auto footer_at = body.size() - kStoreFooterBytes;
  ByteReader reader(footer.span(), {body.name(), footer_at});
  static_cast<void>(reader.fixed<std::uint32_t>());  // version
  const auto index_start = reader.fixed<std::uint64_t>();
  if (index_start > footer_at) {
    throw body.error(footer_at, "the store's skip index begins at " + std::to_string(index_start) +
                                    ", past its footer");
  }
  file.add(body, index_start, footer_at - index_start);
}

void touch_columns(Touched& file, const SourceRange& body) {
  const Bytes footer = file.read_end(body, kColumnarFooterBytes, "the footer of the columns");
  const auto footer_at = body.size() - kColumnarFooterBytes;
  ByteReader reader(footer.span(), {body.name(), footer_at});
  const auto dictionary_bytes = reader.fixed<std::uint64_t>();
  if (dictionary_bytes > footer_at) {
    throw body.error(footer_at, "the dictionary of the columns claims " +
                                    std::to_string(dictionary_bytes) + " bytes, but only " +
                                    std::to_string(footer_at) + " lie before the footer");
  }
  touch_sstable(file, body.slice(footer_at - dictionary_bytes, dictionary_bytes));
}

class PlanBuilder {
 public:
  explicit PlanBuilder(IndexFiles& files) : files_(files) {}

  HotcachePlan build() {
    add_whole(kMetaFile);
    if (files_.contains(kManagedFile)) add_whole(kManagedFile);
    for (std::size_t i = 0; i < files_.meta().segments.size(); ++i) add_segment(i);
    plan_.seal();
    return std::move(plan_);
  }

 private:
  Touched open(std::string_view name) { return {std::string(name), files_.file(name)}; }

  void keep(Touched& file) { plan_.files.push_back(file.take()); }

  void add_whole(std::string_view name) {
    auto file = open(name);
    file.add(file.content(), 0, file.content().size());
    keep(file);
  }

  void add_segment(std::size_t index) {
    const SegmentFiles segment(files_, index);
    for (const auto component :
         {SegmentComponent::kTerm, SegmentComponent::kPostings, SegmentComponent::kPositions,
          SegmentComponent::kFieldnorm, SegmentComponent::kStore, SegmentComponent::kFast}) {
      add_component(segment, component);
    }
    if (const auto name = segment.meta().delete_file_name()) {
      auto file = open(*name);
      const auto footer = read_file_footer(file.content());
      file.add_footer(footer);
      file.add(footer.body, 0, footer.body.size());
      keep(file);
    }
  }

  void add_component(const SegmentFiles& segment, SegmentComponent component) {
    const auto* footer = segment.footer(component);
    if (footer == nullptr) return;
    auto file = open(segment.meta().file_name(component));
    file.add_footer(*footer);
    if (const auto* composite = segment.composite(component)) {
      file.add_composite(*footer, *composite);
    }
    if (component == SegmentComponent::kStore) touch_store(file, segment.store());
    if (component == SegmentComponent::kFast) touch_columns(file, segment.columns());
    if (component == SegmentComponent::kTerm || component == SegmentComponent::kPostings) {
      add_fields(file, segment, component);
    }
    keep(file);
  }

  void add_fields(Touched& file, const SegmentFiles& segment, SegmentComponent component) {
    for (Field field = 0; field < segment.schema().size(); ++field) {
      if (!segment.schema()[field].indexed || !segment.has_terms(field)) continue;
      if (component == SegmentComponent::kTerm) {
        touch_dictionary(file, segment.term(field));
        continue;
      }
      const auto postings = segment.postings(field);
      if (postings.size() < kTokenCountBytes) {
        throw postings.error(0,
                             "the postings of a field begin with 8 bytes of token count, but "
                             "only " +
                                 std::to_string(postings.size()) + " are here");
      }
      file.add(postings, 0, kTokenCountBytes);
    }
  }

  IndexFiles& files_;
  HotcachePlan plan_;
};

}  // namespace

HotcachePlan plan_hotcache(IndexFiles& files) { return PlanBuilder(files).build(); }

}  // namespace splitscope::formats
