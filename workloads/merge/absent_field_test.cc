// Fields that no document of a segment has: tantivy's writer leaves them out of the composite
// files, its merge (and our generator) writes them without terms. Both mean the same.
#include "workloads/merge/testing/absent_field.h"
#include "base/testing/temporary_folder.h"
#include "formats/segment/segment_files.h"
#include "formats/split/hotcache_builder.h"
#include "formats/split/open_index.h"
#include "strategies/catalog.h"
#include "tests/catch.h"
#include "workloads/corpus/generate.h"
#include "workloads/merge/merge.h"

namespace splitscope::workloads {
namespace {

namespace fs = std::filesystem;

constexpr const char* kField = "error_code";

class NoContext final : public RunContext {
 public:
  void phase(std::string_view) override {}
  void count(std::string_view, std::uint64_t) override {}
};

struct TestStrategy {
  AccessCounters counters;
  std::unique_ptr<Strategy> strategy = strategies::make_strategy("mmap-view", counters);
};

/// Two indexes of which no document has kField.
std::vector<fs::path> generate_without_values(const fs::path& folder) {
  Profile profile =
      read_profile(fs::path(SPLITSCOPE_SOURCE_DIR) / "workloads/corpus/profiles/logs.json");
  for (FieldProfile& field : profile.fields) {
    if (field.name == kField) field.present_per_mille = 0;
  }
  TestStrategy test;
  std::vector<fs::path> indexes;
  for (const auto& made : generate({profile, 300'000, 2, 7}, *test.strategy, folder)) {
    indexes.push_back(made.index);
  }
  return indexes;
}

void leave_field_out(const fs::path& index) {
  TestStrategy test;
  const formats::IndexFiles files = formats::open_index(*test.strategy, index);
  const formats::Field field = files.meta().schema.find(kField).value();
  test::leave_field_out(index, files.meta().segments.front(), field);
}

std::string digest_of_merge(const std::vector<fs::path>& inputs, const fs::path& output) {
  TestStrategy reference;
  TestStrategy measured;
  NoContext context;
  const auto workload = make_merge({inputs, output, {}, reference.strategy.get()});
  workload->prepare();
  workload->run(*measured.strategy, context);
  return workload->verify().digest;
}

TEST_CASE("a field that is left out merges like one without terms") {
  const test::TemporaryFolder folder;
  const auto indexes = generate_without_values(folder.path());
  const std::string expected = digest_of_merge(indexes, folder.path() / "written.split");

  leave_field_out(indexes[0]);
  {
    TestStrategy test;
    formats::IndexFiles files = formats::open_index(*test.strategy, indexes[0]);
    const formats::SegmentFiles segment(files);
    const formats::Field field = segment.schema().find(kField).value();
    CHECK_FALSE(segment.has_terms(field));
    CHECK(segment.has_terms(segment.schema().find("body").value()));
    CHECK_THROWS_WITH(segment.term(field), test::contains("has no entry in this file"));
    CHECK_NOTHROW(formats::plan_hotcache(files));
  }
  CHECK(digest_of_merge(indexes, folder.path() / "one.split") == expected);

  leave_field_out(indexes[1]);
  CHECK(digest_of_merge(indexes, folder.path() / "none.split") == expected);
}

}  // namespace
}  // namespace splitscope::workloads
