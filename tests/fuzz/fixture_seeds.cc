#include <algorithm>

#include "formats/segment/columnar/columnar_reader.h"
#include "formats/segment/segment_reader.h"
#include "formats/segment/terms/dictionary_streams.h"
#include "formats/segment/testing/test_files.h"
#include "formats/split/bundle.h"
#include "formats/split/open_index.h"
#include "tests/fuzz/seeds.h"

namespace splitscope::fuzz {
namespace {

// The first terms of a field are like the others.
constexpr std::size_t kTermsPerField = 6;
constexpr std::uint64_t kTokenCountBytes = 8;
// The kinds of sstable_target.cc.
constexpr std::uint8_t kTermsKind = 0;
constexpr std::uint8_t kOrdinalsKind = 1;
constexpr std::uint8_t kRangesKind = 2;

class Cutter {
 public:
  explicit Cutter(Seeds& seeds) : seeds_(seeds) {}

  void cut_split(const std::filesystem::path& path) {
    const MemorySource source(test::read_file(path));
    const SourceRange split(source, path.string());
    const Bundle bundle = read_bundle(split);
    add_windowed("container", split);
    add_windowed("index_files", split);
    add_windowed("hotcache", split.slice(bundle.hotcache.start, bundle.hotcache.size()));
    if (const auto* fields = bundle.find(kSplitFieldsFile)) {
      add_windowed("split_fields", bundle.file(split, *fields));
    }
    cut_index(path);
  }

  void cut_index(const std::filesystem::path& path) {
    test::PlainStrategy strategy;
    IndexFiles files = open_index(strategy, path);
    const Content meta = collect(files.file(kMetaFile));
    add("meta_json", InputBuilder().bytes(meta));
    if (files.meta().segments.empty()) return;
    const SegmentFiles segment(files);
    for (const auto component : {SegmentComponent::kTerm, SegmentComponent::kPostings,
                                 SegmentComponent::kPositions, SegmentComponent::kFieldnorm}) {
      const auto name = segment.meta().file_name(component);
      if (files.contains(name)) add_windowed("segment_file", files.file(name));
    }
    add_windowed("store", segment.store());
    add_windowed("columnar", segment.columns());
    cut_columns(segment);
    for (Field field = 0; field < segment.schema().size(); ++field) {
      if (segment.schema()[field].indexed) cut_field(segment, field);
    }
  }

  void cut_meta(const std::filesystem::path& path) {
    add("meta_json", InputBuilder().bytes(test::read_file(path)));
  }

  void cut_columnar(const std::filesystem::path& path) {
    const MemorySource source(test::read_file(path));
    add_windowed("columnar", SourceRange(source, path.string()));
  }

 private:
  void add(const std::string& target, InputBuilder& input) {
    Content content = input.take();
    if (content.size() > kMaxInputBytes) return;
    auto& known = seeds_[target];
    if (std::ranges::find(known, content) == known.end()) known.push_back(std::move(content));
  }

  void add_windowed(const std::string& target, const SourceRange& range) {
    add(target, InputBuilder().number(std::uint8_t{0}).bytes(collect(range)));
  }

  void add_dictionary(std::uint8_t kind, const SourceRange& range) {
    add("sstable", InputBuilder().number(std::uint8_t{0}).number(kind).bytes(collect(range)));
  }

  void cut_columns(const SegmentFiles& segment) {
    constexpr std::uint64_t kFooterBytes = 20;
    const SourceRange body = segment.columns();
    const Bytes footer = body.read(body.size() - kFooterBytes, kFooterBytes);
    const auto length = ByteReader(footer.span()).fixed<std::uint64_t>();
    add_dictionary(kRangesKind, body.slice(body.size() - kFooterBytes - length, length));
    const ColumnarReader reader(body);
    for (const ColumnEntry& entry : reader.columns()) {
      if (!has_dictionary(entry.type)) continue;
      add_dictionary(kOrdinalsKind, reader.open(entry).dictionary());
    }
  }

  void cut_field(const SegmentFiles& segment, Field field) {
    const SourceRange terms = segment.term(field);
    add_dictionary(kTermsKind, terms);
    std::vector<TermInfo> infos;
    try {
      TermStream stream(terms);
      while (infos.size() < kTermsPerField && stream.advance()) infos.push_back(stream.value());
    } catch (const UnsupportedFeature&) {
      return;
    }
    const Content idx = collect(segment.postings(field));
    const auto positions = segment.positions(field);
    const Content pos = positions ? collect(*positions) : Content{};
    const auto part = [](const Content& file, std::uint64_t start, std::uint64_t end) {
      return std::span(file).subspan(static_cast<std::size_t>(start),
                                     static_cast<std::size_t>(end - start));
    };
    for (std::size_t i = 0; i + 1 < infos.size(); i += 2) {
      const TermInfo& first = infos[i];
      const TermInfo& second = infos[i + 1];
      add("postings", InputBuilder()
                          .number(std::uint8_t{0})
                          .number(static_cast<std::uint8_t>(segment.schema()[field].record))
                          .number(segment.meta().max_doc)
                          .number(static_cast<std::uint16_t>(first.positions.size()))
                          .number(static_cast<std::uint16_t>(first.postings.size()))
                          .number(first.doc_freq)
                          .number(second.doc_freq)
                          .bytes(part(pos, first.positions.start, first.positions.end))
                          .bytes(part(idx, 0, kTokenCountBytes))
                          .bytes(part(idx, kTokenCountBytes + first.postings.start,
                                      kTokenCountBytes + second.postings.end)));
    }
  }

  Seeds& seeds_;
};

}  // namespace

void add_fixture_seeds(const std::filesystem::path& fixtures, Seeds& seeds) {
  if (!std::filesystem::exists(fixtures)) return;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(fixtures)) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  Cutter cutter(seeds);
  for (const auto& path : paths) {
    try {
      if (path.filename() == kMetaFile) cutter.cut_meta(path);
      if (path.extension() == ".split") cutter.cut_split(path);
      if (path.extension() == ".columnar") cutter.cut_columnar(path);
      if (path.filename() == kMetaFile) cutter.cut_index(path.parent_path());
    } catch (const FormatError&) {
      // Some are damaged on purpose: what could be cut until then is a seed.
    } catch (const UnsupportedFeature&) {
    }
  }
}

}  // namespace splitscope::fuzz
