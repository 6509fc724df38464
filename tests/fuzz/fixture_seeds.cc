#include <algorithm>

#include "formats/segment/columnar/columnar_reader.h"
#include "formats/segment/segment_files.h"
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
    const formats::SourceRange split(source, path.string());
    const formats::Bundle bundle = formats::read_bundle(split);
    add_windowed("container", split);
    add_windowed("index_files", split);
    add_windowed("hotcache", split.slice(bundle.hotcache.start, bundle.hotcache.size()));
    if (const auto* fields = bundle.find(formats::kSplitFieldsFile)) {
      add_windowed("split_fields", bundle.file(split, *fields));
    }
    cut_index(path);
  }

  void cut_index(const std::filesystem::path& path) {
    test::PlainStrategy strategy;
    formats::IndexFiles files = formats::open_index(strategy, path);
    const Content meta = collect(files.file(formats::kMetaFile));
    add("meta_json", InputBuilder().bytes(meta));
    if (files.meta().segments.empty()) return;
    const formats::SegmentFiles segment(files);
    for (const auto component :
         {formats::SegmentComponent::kTerm, formats::SegmentComponent::kPostings,
          formats::SegmentComponent::kPositions, formats::SegmentComponent::kFieldnorm}) {
      const auto name = segment.meta().file_name(component);
      if (files.contains(name)) add_windowed("segment_file", files.file(name));
    }
    add_windowed("store", segment.store());
    add_windowed("columnar", segment.columns());
    cut_columns(segment);
    for (formats::Field field = 0; field < segment.schema().size(); ++field) {
      if (segment.schema()[field].indexed) cut_field(segment, field);
    }
  }

  void cut_meta(const std::filesystem::path& path) {
    add("meta_json", InputBuilder().bytes(test::read_file(path)));
  }

  void cut_columnar(const std::filesystem::path& path) {
    const MemorySource source(test::read_file(path));
    add_windowed("columnar", formats::SourceRange(source, path.string()));
  }

 private:
  void add(const std::string& target, InputBuilder& input) {
    Content content = input.take();
    if (content.size() > kMaxInputBytes) return;
    auto& known = seeds_[target];
    if (std::ranges::find(known, content) == known.end()) known.push_back(std::move(content));
  }

  void add_windowed(const std::string& target, const formats::SourceRange& range) {
    add(target, InputBuilder().number(std::uint8_t{0}).bytes(collect(range)));
  }

  void add_dictionary(std::uint8_t kind, const formats::SourceRange& range) {
    add("sstable", InputBuilder().number(std::uint8_t{0}).number(kind).bytes(collect(range)));
  }

  void cut_columns(const formats::SegmentFiles& segment) {
    constexpr std::uint64_t kFooterBytes = 20;
    const formats::SourceRange body = segment.columns();
    const Bytes footer = body.read(body.size() - kFooterBytes, kFooterBytes);
    const auto length = formats::ByteReader(footer.span()).fixed<std::uint64_t>();
    add_dictionary(kRangesKind, body.slice(body.size() - kFooterBytes - length, length));
    const formats::ColumnarReader reader(body);
    for (const formats::ColumnEntry& entry : reader.columns()) {
      if (!formats::has_dictionary(entry.type)) continue;
      add_dictionary(kOrdinalsKind, reader.open(entry).dictionary());
    }
  }

  void cut_field(const formats::SegmentFiles& segment, formats::Field field) {
    const formats::SourceRange terms = segment.term(field);
    add_dictionary(kTermsKind, terms);
    std::vector<formats::TermInfo> infos;
    try {
      formats::TermStream stream(terms);
      while (infos.size() < kTermsPerField && stream.advance()) infos.push_back(stream.value());
    } catch (const formats::UnsupportedFeature&) {
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
      const formats::TermInfo& first = infos[i];
      const formats::TermInfo& second = infos[i + 1];
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

void add_fixture_seeds(const std::filesystem::path& folder, Seeds& seeds) {
  if (!std::filesystem::exists(folder)) return;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  Cutter cutter(seeds);
  for (const auto& path : paths) {
    try {
      if (path.filename() == formats::kMetaFile) cutter.cut_meta(path);
      if (path.extension() == ".split") cutter.cut_split(path);
      if (path.extension() == ".columnar") cutter.cut_columnar(path);
      if (path.filename() == formats::kMetaFile) cutter.cut_index(path.parent_path());
    } catch (const formats::FormatError&) {
      // Some are damaged on purpose: what could be cut until then is a seed.
    } catch (const formats::UnsupportedFeature&) {
    }
  }
}

}  // namespace splitscope::fuzz
