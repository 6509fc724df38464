#include "workloads/extract/extract.h"

#include "base/errors.h"
#include "formats/codec/byte_buffer.h"
#include "formats/errors.h"
#include "formats/segment/testing/test_files.h"
#include "formats/split/bundle.h"
#include "tests/catch.h"

namespace splitscope::workloads {
namespace {

using test::contains;
using test::to_bytes;

/// A split of two files; the hotcache is empty, extract does not look at it.
void write_small_split(const std::filesystem::path& path) {
  const std::vector<formats::BundleItem> items{{"a.txt", 3}, {"b.txt", 0}};
  const auto metadata = formats::bundle_metadata(items);
  formats::ByteBuffer split;
  split.text("aaa");
  split.bytes(metadata.span());
  split.fixed(static_cast<std::uint32_t>(metadata.size()));
  split.fixed<std::uint32_t>(0);
  test::write_file(path, split.span());
}

struct Case {
  explicit Case(const test::TemporaryFolder& scratch) {
    spec.inputs = {scratch / "in.split"};
    spec.output = scratch / "out";
    spec.reference = &strategy;
    write_small_split(spec.inputs[0]);
  }
  Verification run() {
    const auto extract = make_extract(spec);
    extract->prepare();
    extract->run(strategy, context);
    return extract->verify();
  }
  std::string refusal() {
    try {
      make_extract(spec)->prepare();
    } catch (const UsageError& error) {
      return error.what();
    }
    return "accepted";
  }
  test::PlainStrategy strategy;
  test::NotingContext context;
  WorkloadSpec spec;
};

TEST_CASE("the files of a split come out, and nothing else is left") {
  const test::TemporaryFolder scratch;
  Case test(scratch);
  const auto verification = test.run();
  CHECK(verification.output_bytes == 3);
  CHECK_THAT(verification.digest, contains("sha256:"));
  CHECK(test::names_in(scratch.path()) == std::vector<std::string>{"in.split", "out"});
  CHECK(test::names_in(scratch / "out") == std::vector<std::string>{"a.txt", "b.txt"});
  CHECK(test::read_file(scratch / "out" / "a.txt") == to_bytes("aaa"));
}

TEST_CASE("an empty directory is taken, one with files is not") {
  const test::TemporaryFolder scratch;
  Case test(scratch);
  std::filesystem::create_directory(scratch / "out");
  test.run();
  CHECK(test::names_in(scratch / "out") == std::vector<std::string>{"a.txt", "b.txt"});
  CHECK(test::names_in(scratch.path()) == std::vector<std::string>{"in.split", "out"});
  CHECK_THAT(test.refusal(), contains("not empty"));
  test.spec.output = scratch / "in.split";
  CHECK_THAT(test.refusal(), contains("not a directory"));
}

TEST_CASE("a trailing slash names the same directory") {
  const test::TemporaryFolder scratch;
  Case test(scratch);
  test.spec.output = (scratch / "out").string() + "/";
  test.run();
  CHECK(test::names_in(scratch / "out").size() == 2);
}

TEST_CASE("what is wrong with the request is said") {
  const test::TemporaryFolder scratch;
  Case test(scratch);
  test.spec.options["over"] = "true";
  CHECK_THAT(test.refusal(), contains("\"over\""));
  test.spec.options.clear();
  test.spec.inputs[0] = scratch / "none.split";
  CHECK_THAT(test.refusal(), contains("no such file"));
  test.spec.inputs.clear();
  CHECK_THAT(test.refusal(), contains("0 inputs"));
  write_small_split(scratch / "in.split");
  test.spec.inputs = {scratch / "in.split"};
  test.spec.output = "";
  CHECK_THAT(test.refusal(), contains("name of a directory"));
  test.spec.output = "..";
  CHECK_THAT(test.refusal(), contains("name of a directory"));
}

/// Copies like PlainStrategy until the second file is finished.
class FailingStrategy final : public Strategy {
 public:
  [[nodiscard]] std::string name() const override { return "failing"; }
  [[nodiscard]] std::unique_ptr<ByteSource> open(const std::filesystem::path& path) override {
    return plain_.open(path);
  }
  [[nodiscard]] std::unique_ptr<ByteSink> create(const std::filesystem::path& path) override {
    if (++created_ == 2) throw std::system_error(ENOSPC, std::generic_category(), path.string());
    return plain_.create(path);
  }
  [[nodiscard]] std::uint64_t expected_peak(std::span<const std::uint64_t>) const override {
    return 0;
  }

 private:
  test::PlainStrategy plain_;
  int created_ = 0;
};

TEST_CASE("a failure in the middle leaves nothing") {
  const test::TemporaryFolder scratch;
  Case test(scratch);
  FailingStrategy failing;
  auto extract = make_extract(test.spec);
  extract->prepare();
  CHECK_THROWS_AS(extract->run(failing, test.context), std::system_error);
  CHECK(test::names_in(scratch.path()) == std::vector<std::string>{"in.split"});
}

TEST_CASE("verify notices a change, a missing file and an extra one") {
  const test::TemporaryFolder scratch;
  Case test(scratch);
  const auto extract = make_extract(test.spec);
  extract->prepare();
  extract->run(test.strategy, test.context);
  CHECK_NOTHROW(extract->verify());
  test::write_file(scratch / "out" / "a.txt", to_bytes("aab"));
  CHECK_THROWS_AS(extract->verify(), formats::WrongOutput);
  test::write_file(scratch / "out" / "a.txt", to_bytes("aaa"));
  test::write_file(scratch / "out" / "c.txt", {});
  CHECK_THROWS_WITH(extract->verify(), contains("\"c.txt\" is there"));
  std::filesystem::remove(scratch / "out" / "c.txt");
  std::filesystem::remove(scratch / "out" / "a.txt");
  CHECK_THROWS_WITH(extract->verify(), contains("\"a.txt\" of the split is missing"));
}

}  // namespace
}  // namespace splitscope::workloads
