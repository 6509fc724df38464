#include "workloads/extract/extract.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "formats/errors.h"
#include "formats/split/bundle.h"
#include "formats/split/compare_ranges.h"
#include "formats/split/output_digest.h"
#include "workloads/extract/output_directory.h"

namespace splitscope::workloads {
namespace {

class ExtractWorkload final : public Workload {
 public:
  explicit ExtractWorkload(WorkloadSpec spec) : spec_(std::move(spec)) {}

  [[nodiscard]] std::string name() const override { return "extract"; }

  void prepare() override {
    if (!spec_.options.empty()) {
      throw UsageError("extract has no option \"" + spec_.options.begin()->first + "\"");
    }
    if (spec_.inputs.size() != 1) {
      throw UsageError("extract takes one split, " + std::to_string(spec_.inputs.size()) +
                       " inputs were given");
    }
    if (!std::filesystem::is_regular_file(input())) {
      throw UsageError(shown_path(input()) + ": no such file; extract takes a .split file");
    }
    OutputDirectory::check_target(spec_.output);
  }

  void run(Strategy& strategy, RunContext& context) override {
    context.phase("open");
    const auto source = strategy.open(input());
    const formats::SourceRange split(*source, input().filename().string());
    const auto bundle = formats::read_bundle(split);

    context.phase("files");
    OutputDirectory output(spec_.output);
    for (const auto& file : bundle.files) {
      const auto sink = strategy.create(output.path() / file.name);
      sink->copy_from(*source, file.range.start, file.range.size());
      sink->finish();
    }
    output.commit();
  }

  [[nodiscard]] Verification verify() override {
    const auto source = spec_.reference->open(input());
    const formats::SourceRange split(*source, input().filename().string());
    const auto bundle = formats::read_bundle(split);
    check_names(bundle);
    Verification verification;
    verification.input_bytes = source->size();
    std::vector<std::pair<std::string, std::string>> digests;
    for (const auto& file : bundle.files) {
      const auto written = spec_.reference->open(spec_.output / file.name);
      const formats::SourceRange content(*written, file.name);
      if (const auto at = formats::first_difference(bundle.file(split, file), content)) {
        throw formats::WrongOutput(shown_path(spec_.output) + ": \"" + file.name +
                                   "\" differs from the split at byte " + std::to_string(*at));
      }
      verification.output_bytes += content.size();
      digests.emplace_back(file.name, formats::sha256_of(content));
    }
    verification.digest = formats::sha256_of_files(std::move(digests));
    return verification;
  }

 private:
  [[nodiscard]] const std::filesystem::path& input() const { return spec_.inputs.front(); }

  void check_names(const formats::Bundle& bundle) const {
    std::vector<std::string> expected;
    for (const auto& file : bundle.files) expected.push_back(file.name);
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(spec_.output)) {
      found.push_back(entry.path().filename().string());
    }
    std::sort(expected.begin(), expected.end());
    std::sort(found.begin(), found.end());
    const auto [missing, extra] =
        std::mismatch(expected.begin(), expected.end(), found.begin(), found.end());
    if (missing == expected.end() && extra == found.end()) return;
    const bool is_extra = missing == expected.end() || (extra != found.end() && *extra < *missing);
    throw formats::WrongOutput(shown_path(spec_.output) + ": " +
                               (is_extra ? "\"" + *extra + "\" is there but not in the split"
                                         : "\"" + *missing + "\" of the split is missing"));
  }

  WorkloadSpec spec_;
};

}  // namespace

std::unique_ptr<Workload> make_extract(const WorkloadSpec& spec) {
  return std::make_unique<ExtractWorkload>(spec);
}

WorkloadInfo extract_info() {
  return {.name = "extract",
          .summary = "split -> index folder",
          .input = WorkloadInput::kSplit,
          .make = make_extract};
}

}  // namespace splitscope::workloads
