#include "workloads/convert/convert.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/errors.h"
#include "formats/errors.h"
#include "formats/segment/index_files.h"
#include "formats/segment/segment_files.h"
#include "formats/segment/store/known_compression.h"
#include "formats/segment/store/store_reader.h"
#include "formats/segment/terms/sstable_footer.h"
#include "formats/split/bundle.h"
#include "formats/split/check_split.h"
#include "formats/split/compare_ranges.h"
#include "formats/split/output_digest.h"
#include "formats/split/split_fields.h"
#include "formats/split/split_writer.h"

namespace splitscope::workloads {
namespace {

class ConvertWorkload final : public Workload {
 public:
  explicit ConvertWorkload(WorkloadSpec spec) : spec_(std::move(spec)) {}

  [[nodiscard]] std::string name() const override { return "convert"; }

  void prepare() override {
    if (!spec_.options.empty()) {
      throw UsageError("convert has no option \"" + spec_.options.begin()->first + "\"");
    }
    if (spec_.inputs.size() != 1) {
      throw UsageError("convert takes one index directory, " + std::to_string(spec_.inputs.size()) +
                       " inputs were given");
    }
    if (spec_.output.empty()) throw UsageError("convert needs the name of the split to write");
    if (!std::filesystem::is_directory(input())) {
      throw UsageError(shown_path(input()) +
                       ": no such directory; convert takes an index directory");
    }
    if (!std::filesystem::exists(input() / formats::kMetaFile)) {
      throw UsageError(shown_path(input()) +
                       ": no meta.json in this directory, so it is not a tantivy index");
    }
    if (std::filesystem::is_directory(spec_.output)) {
      throw UsageError(shown_path(spec_.output) + ": is a directory; name the split file to write");
    }
    check_place_of_split(spec_.output, input());
  }

  void run(Strategy& strategy, RunContext& context) override {
    formats::write_split(strategy, input(), spec_.output, context);
  }

  [[nodiscard]] Verification verify() override {
    refuse_what_quickwit_cannot_open(*spec_.reference, input());
    const auto source = spec_.reference->open(spec_.output);
    const formats::SourceRange split(*source, spec_.output.string());
    const auto bundle = formats::read_bundle(split);
    Verification verification;
    verification.output_bytes = source->size();
    std::size_t expected_files = 0;
    bool has_split_fields = false;
    for (const auto& entry : formats::list_directory(input())) {
      verification.input_bytes += entry.size_bytes;
      ++expected_files;
      has_split_fields = has_split_fields || entry.name == formats::kSplitFieldsFile;
      check_file(split, bundle, entry.name);
    }
    if (!has_split_fields) {
      ++expected_files;
      check_split_fields(split, bundle);
    }
    if (bundle.files.size() != expected_files) {
      throw formats::WrongOutput(shown_name(split.name()) + ": has " +
                                 std::to_string(bundle.files.size()) + " files, expected " +
                                 std::to_string(expected_files));
    }
    formats::check_split(split, bundle);
    verification.digest = formats::sha256_of(split);
    return verification;
  }

 private:
  [[nodiscard]] const std::filesystem::path& input() const { return spec_.inputs.front(); }

  void check_file(const formats::SourceRange& split, const formats::Bundle& bundle,
                  const std::string& name) {
    const auto& entry = need(split, bundle, name);
    const auto original = spec_.reference->open(input() / name);
    const auto at =
        formats::first_difference(formats::SourceRange(*original, name), bundle.file(split, entry));
    if (at) {
      throw formats::WrongOutput(shown_name(split.name()) + ": \"" + name +
                                 "\" differs from its input at byte " + std::to_string(*at));
    }
  }

  /// It was made, not copied: it must say what the schema says.
  static void check_split_fields(const formats::SourceRange& split, const formats::Bundle& bundle) {
    const auto entry = bundle.file(split, need(split, bundle, formats::kSplitFieldsFile));
    const auto meta_file = bundle.file(split, need(split, bundle, formats::kMetaFile));
    const Bytes text = meta_file.read(0, meta_file.size());
    const auto meta = formats::parse_meta({reinterpret_cast<const char*>(text.data()), text.size()},
                                          meta_file.name());
    const auto fields = formats::split_fields_of(meta.schema);
    const Bytes written = entry.read(0, entry.size());
    if (formats::decode_split_fields(entry) != fields ||
        !std::ranges::equal(written.span(), formats::encode_split_fields(fields))) {
      throw formats::WrongOutput(shown_name(entry.name()) +
                                 ": does not list the fields of the schema");
    }
  }

  static const formats::BundleFile& need(const formats::SourceRange& split,
                                         const formats::Bundle& bundle, std::string_view name) {
    const auto* entry = bundle.find(name);
    if (entry == nullptr) {
      throw formats::WrongOutput(shown_name(split.name()) + ": \"" + std::string(name) +
                                 "\" is missing");
    }
    return *entry;
  }

  WorkloadSpec spec_;
};

}  // namespace

void check_place_of_split(const std::filesystem::path& split, const std::filesystem::path& index) {
  auto folder = split.parent_path();
  if (folder.empty()) folder = ".";
  if (!std::filesystem::is_directory(folder)) {
    throw UsageError(shown_path(folder) + ": no such directory to write a split to");
  }
  if (split.extension() != ".split" && std::filesystem::is_directory(index) &&
      std::filesystem::equivalent(folder, index)) {
    throw UsageError(shown_path(split) +
                     ": lies among the input's files and would become one; name it *.split or "
                     "write it to another directory");
  }
}

void refuse_what_quickwit_cannot_open(Strategy& strategy, const std::filesystem::path& index) {
  auto files = formats::IndexFiles::open_directory(strategy, index);
  formats::refuse_unknown_compression(files.meta().settings.docstore_compression, index);
  for (std::size_t i = 0; i < files.meta().segments.size(); ++i) {
    const formats::SegmentFiles segment(files, i);
    static_cast<void>(formats::StoreReader(segment.store()));
    for (formats::Field field = 0; field < segment.schema().size(); ++field) {
      if (!segment.schema()[field].indexed || !segment.has_terms(field)) continue;
      const formats::SourceRange dictionary = segment.term(field);
      try {
        static_cast<void>(formats::sstable_of_field(dictionary));
      } catch (const formats::UnsupportedFeature&) {
        throw formats::UnsupportedFeature(
            shown_name(dictionary.name()) +
            ": the term dictionary is of type FST (tantivy's default build), and Quickwit opens "
            "type "
            "SSTable only: no split is made of it; index with tantivy's feature \"quickwit\"");
      }
    }
  }
}

std::unique_ptr<Workload> make_convert(const WorkloadSpec& spec) {
  return std::make_unique<ConvertWorkload>(spec);
}

WorkloadInfo convert_info() {
  return {.name = "convert",
          .summary = "index folder -> split",
          .input = WorkloadInput::kIndex,
          .make = make_convert};
}

}  // namespace splitscope::workloads
