// What is not read inside is refused in one line that names file, field and feature.
#include <functional>
#include <string>
#include <vector>

#include "formats/errors.h"
#include "tests/catch.h"
#include "workloads/merge/index_contents.h"
#include "workloads/merge/testing/merged.h"

namespace splitscope::workloads {
namespace {

test::PlainIndex index_with(const formats::FieldEntry& entry) {
  test::PlainIndex index;
  index.documents = 2;
  index.fields.push_back(
      {test::plain_entry("text", formats::FieldType::kText), test::PlainColumn{{"a"}, {"b"}}});
  index.fields.push_back({entry, test::PlainColumn{{"x"}, {"y"}}});
  return index;
}

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const formats::UnsupportedFeature& error) {
    return error.what();
  }
  return "accepted";
}

struct Refused {
  test::PlainIndex index;
  std::string message;
};

std::vector<Refused> refused_indexes() {
  std::vector<Refused> all;
  const auto add = [&all](test::PlainIndex index, const std::string& message) {
    all.push_back({std::move(index), message});
  };
  formats::FieldEntry json = test::plain_entry("data", formats::FieldType::kJson);
  add(index_with(json), "field 'data': JSON fields that are indexed or fast cannot be ");
  json.fast = false;
  add(index_with(json), "field 'data': JSON fields that are indexed or fast cannot be ");
  json.fast = true;
  json.indexed = false;
  add(index_with(json), "field 'data': JSON fields that are indexed or fast cannot be ");
  formats::FieldEntry facet = test::plain_entry("shelf", formats::FieldType::kFacet);
  add(index_with(facet), "field 'shelf': facet fields cannot be ");
  formats::FieldEntry ip = test::plain_entry("client", formats::FieldType::kIp);
  ip.indexed = false;
  add(index_with(ip), "field 'client': ip columns cannot be ");
  test::PlainIndex deleted = index_with(test::plain_entry("n", formats::FieldType::kText));
  deleted.deletes = {1, 7};
  add(deleted, ": segments with deleted documents (1 here) cannot be ");
  return all;
}

TEST_CASE("a merge refuses what it does not read, and leaves nothing behind") {
  for (const Refused& refused : refused_indexes()) {
    const test::TemporaryFolder scratch;
    const auto paths = test::write_plain_indexes({refused.index, refused.index}, scratch.path());
    const auto out = scratch / "out.split";
    const std::string message = refusal([&] { test::run_merge(paths, out); });
    CHECK_THAT(message, test::contains(paths[0].string() + ": "));
    CHECK_THAT(message, test::contains(refused.message + "merged; convert, extract and upload"));
    CHECK(message.find('\n') == std::string::npos);
    CHECK(test::names_in(scratch.path()) == std::vector<std::string>{"in-0", "in-1"});
  }
}

TEST_CASE("a listing refuses what it does not read") {
  for (const Refused& refused : refused_indexes()) {
    const test::TemporaryFolder scratch;
    write_plain_index(refused.index, scratch / "in");
    const test::OpenSegment open(scratch / "in");
    IndexContents listing;
    const std::string message = refusal([&] { listing.add(open.files(), 0); });
    CHECK_THAT(message, test::contains("in:"));
    CHECK_THAT(message, test::contains(refused.message + "listed"));
  }
}

TEST_CASE("a merge refuses an index that is sorted by a field") {
  const test::TemporaryFolder scratch;
  test::PlainIndex index = index_with(test::plain_entry("n", formats::FieldType::kText));
  index.settings.sort_by_field = {"n", "Asc"};
  const auto paths = test::write_plain_indexes({index}, scratch.path());
  const std::string message = refusal([&] { test::run_merge(paths, scratch / "out.split"); });
  CHECK_THAT(message, test::contains(paths[0].string() + ": field 'n': indexes that are sorted"));
  CHECK_THAT(message, test::contains("cannot be merged"));
}

TEST_CASE("JSON that is only stored, and ip addresses that are only indexed, merge") {
  formats::FieldEntry json = test::plain_entry("data", formats::FieldType::kJson);
  json.indexed = false;
  json.fast = false;
  formats::FieldEntry ip = test::plain_entry("client", formats::FieldType::kIp);
  ip.fast = false;
  for (const formats::FieldEntry& entry : {json, ip}) {
    const test::TemporaryFolder scratch;
    const auto paths =
        test::write_plain_indexes({index_with(entry), index_with(entry)}, scratch.path());
    test::run_merge(paths, scratch / "out.split");
    CHECK(test::OpenSegment(scratch / "out.split").documents().size() == 4);
  }
}

}  // namespace
}  // namespace splitscope::workloads
