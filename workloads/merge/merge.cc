#include "workloads/merge/merge.h"

#include <string>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "base/staging.h"
#include "formats/segment/columnar/merge_columns.h"
#include "formats/split/check_split.h"
#include "formats/split/open_index.h"
#include "formats/split/output_digest.h"
#include "formats/split/split_writer.h"
#include "workloads/merge/carried_files.h"
#include "workloads/merge/fast_fields.h"
#include "workloads/merge/index_contents.h"
#include "workloads/merge/merge_inputs.h"
#include "workloads/merge/merge_store.h"
#include "workloads/merge/merge_terms.h"

namespace splitscope::workloads {
namespace {

namespace fs = std::filesystem;

/// The merged segment in the making: component files in one folder.
class MergedSegment {
 public:
  MergedSegment(Strategy& strategy, const MergeInputs& inputs, fs::path folder,
                formats::DictionaryBlocks blocks)
      : strategy_(strategy), inputs_(inputs), folder_(std::move(folder)), blocks_(blocks) {
    meta_.settings = inputs.first_meta().settings;
    meta_.schema = inputs.schema();
    meta_.segments.push_back({inputs.merged_segment_id(), inputs.total_docs(), std::nullopt});
  }

  void write_fieldnorms() {
    formats::CompositeWriter out(create(formats::SegmentComponent::kFieldnorm));
    for_each_indexed([&](formats::Field field, const formats::FieldEntry& entry) {
      if (!entry.fieldnorms) return;
      out.begin_field(field);
      for (const MergeSegment& segment : inputs_.segments()) {
        const auto norms = segment.files.fieldnorm(field);
        if (!norms) {
          throw formats::FormatError(segment.files.store().name(), 0,
                                     "no field norms for field '" + entry.name + "'");
        }
        formats::ScanReader in(*norms);
        while (in.remaining() > 0) out.out().write(in.take_some(in.remaining()));
      }
    });
    out.finish();
  }

  void write_postings() {
    TermFiles out{formats::CompositeWriter(create(formats::SegmentComponent::kTerm)),
                  formats::CompositeWriter(create(formats::SegmentComponent::kPostings)),
                  formats::CompositeWriter(create(formats::SegmentComponent::kPositions))};
    // As in tantivy, the merged norms are read back: block maxima look documents up in them.
    const auto norms_file = strategy_.open(path_of(formats::SegmentComponent::kFieldnorm));
    const formats::CompositeFile norms(
        formats::read_file_footer(
            formats::SourceRange(
                *norms_file, meta_.segments[0].file_name(formats::SegmentComponent::kFieldnorm)))
            .body);
    for_each_indexed([&](formats::Field field, const formats::FieldEntry&) {
      Bytes ids;
      if (const auto range = norms.find(field)) ids = range->read(0, range->size());
      merge_field(inputs_, field, {reinterpret_cast<const std::uint8_t*>(ids.data()), ids.size()},
                  blocks_, out);
    });
    out.term.finish();
    out.postings.finish();
    out.positions.finish();
  }

  void write_store() {
    formats::ComponentWriter out(create(formats::SegmentComponent::kStore));
    merge_stores(inputs_, out);
    out.finish();
  }

  void write_columns() {
    std::vector<formats::ColumnarReader> readers;
    readers.reserve(inputs_.segments().size());
    std::vector<const formats::ColumnarReader*> pointers;
    pointers.reserve(inputs_.segments().size());
    for (const MergeSegment& segment : inputs_.segments()) {
      readers.emplace_back(segment.files.columns());
      readers.back().expect_rows(segment.max_doc());
      pointers.push_back(&readers.back());
    }
    formats::ComponentWriter out(create(formats::SegmentComponent::kFast));
    formats::merge_columns(pointers, required_columns(meta_.schema), out, blocks_);
    out.finish();
  }

  void write_meta_json() {
    const std::string json = formats::write_meta(meta_);
    const auto sink = strategy_.create(folder_ / formats::kMetaFile);
    sink->write(std::as_bytes(std::span(json)));
    sink->finish();
  }

 private:
  template <typename Visitor>
  void for_each_indexed(Visitor&& visit) const {
    for (formats::Field field = 0; field < meta_.schema.size(); ++field) {
      if (meta_.schema[field].indexed) visit(field, meta_.schema[field]);
    }
  }
  [[nodiscard]] fs::path path_of(formats::SegmentComponent component) const {
    return folder_ / meta_.segments[0].file_name(component);
  }
  [[nodiscard]] std::unique_ptr<ByteSink> create(formats::SegmentComponent component) const {
    return strategy_.create(path_of(component));
  }

  Strategy& strategy_;
  const MergeInputs& inputs_;
  fs::path folder_;
  formats::DictionaryBlocks blocks_;
  formats::IndexMeta meta_;
};

struct MergeOptions {
  formats::DictionaryBlocks blocks = formats::DictionaryBlocks::kStored;
  UnknownFiles unknown = UnknownFiles::kCarry;
};

MergeOptions parse_options(const std::map<std::string, std::string>& given) {
  MergeOptions options;
  for (const auto& [key, value] : given) {
    if (key == "dictionaries") {
      if (value != "zstd" && value != "stored") {
        throw UsageError("dictionaries is '" + value + "'; give stored or zstd");
      }
      if (value == "zstd") options.blocks = formats::DictionaryBlocks::kZstd;
    } else if (key == "drop_unknown") {
      if (value != "true" && value != "false") {
        throw UsageError("drop_unknown is '" + value + "'; give true or false");
      }
      if (value == "true") options.unknown = UnknownFiles::kDrop;
    } else {
      throw UsageError("merge has no option '" + key +
                       "'; there are dictionaries and drop_unknown");
    }
  }
  return options;
}

class MergeWorkload final : public Workload {
 public:
  explicit MergeWorkload(WorkloadSpec spec) : spec_(std::move(spec)) {}

  [[nodiscard]] std::string name() const override { return "merge"; }

  void prepare() override {
    options_ = parse_options(spec_.options);
    if (spec_.inputs.empty()) throw UsageError("merge needs at least one split");
    if (spec_.output.empty()) throw UsageError("merge needs a file to write");
  }

  void run(Strategy& strategy, RunContext& context) override {
    // Beside the output, so that it lies on the same file system.
    Staging folder(spec_.output.parent_path());
    context.phase("open");
    {
      const MergeInputs inputs(strategy, spec_.inputs);
      CarriedFiles(inputs, options_.unknown).copy_to(strategy, folder.path());
      MergedSegment segment(strategy, inputs, folder.path(), options_.blocks);
      context.phase("fieldnorms");
      segment.write_fieldnorms();
      context.phase("postings");
      segment.write_postings();
      context.phase("store");
      segment.write_store();
      context.phase("columns");
      segment.write_columns();
      segment.write_meta_json();
    }
    formats::write_split(strategy, folder.path(), spec_.output, context);
    folder.remove();
  }

  [[nodiscard]] Verification verify() override {
    const auto output = spec_.reference->open(spec_.output);
    const formats::SourceRange split(*output, spec_.output.string());
    formats::check_split(split, formats::read_bundle(split));
    Verification found;
    IndexContents expected;
    const MergeInputs merged(*spec_.reference, std::span(&spec_.output, 1));
    {
      const MergeInputs inputs(*spec_.reference, spec_.inputs);
      CarriedFiles(inputs, options_.unknown).check(*merged.indexes().front());
      found.input_bytes = inputs.total_bytes();
      for (const MergeSegment& segment : inputs.segments()) {
        expected.add(segment.files, segment.doc_base);
      }
    }
    IndexContents got;
    for (const MergeSegment& segment : merged.segments()) {
      got.add(segment.files, segment.doc_base);
    }
    if (const std::string difference = expected.difference(got); !difference.empty()) {
      throw formats::WrongOutput(shown_path(spec_.output) + ": " + difference);
    }
    found.output_bytes = split.size();
    found.digest = formats::sha256_of(split);
    return found;
  }

 private:
  WorkloadSpec spec_;
  MergeOptions options_;
};

}  // namespace

std::unique_ptr<Workload> make_merge(const WorkloadSpec& spec) {
  return std::make_unique<MergeWorkload>(spec);
}

WorkloadInfo merge_info() {
  using Kind = WorkloadOption::Kind;
  return {.name = "merge",
          .summary = "splits -> one split, a true segment merge",
          .input = WorkloadInput::kSplits,
          .options = {{"dictionaries",
                       "Blocks of dictionaries: stored, or zstd as tantivy compresses them"},
                      {"drop_unknown",
                       "Leave files out that are no part of an index; else all inputs must agree "
                       "on them",
                       Kind::kFlag}},
          .make = make_merge};
}

}  // namespace splitscope::workloads
