// Ids and labels are read back as they were written.
#include "harness/run/case_id_text.h"

#include <string>

#include "base/errors.h"
#include "tests/catch.h"

namespace splitscope::run {

TEST_CASE("an id is read back as it was written") {
  const std::string text =
      GENERATE(as<std::string>{}, "merge/streaming/logs-5x4MB/system/c1/warm",
               "upload:mode=single/lazy-mmap:window=1MiB/a%2Fb/jemalloc/c16/cold",
               "merge/streaming/logs-5x4MB/system/c1/warm/cap-64MiB");
  CHECK(parse_case_id(text).text() == text);
}

TEST_CASE("what is no id is refused with what is wrong") {
  const std::string text =
      GENERATE(as<std::string>{}, "", "sort", "merge/streaming/logs-5x4MB/system/c1",
               "merge//a/system/c1/warm", "merge/streaming/a/system/1/warm",
               "merge/streaming/a/system/c0/warm", "merge/streaming/a/system/c1/hot",
               "merge/streaming/a/system/c1/warm/64MiB", "merge/streaming/a/system/c1/warm/cap-x",
               "merge/streaming/a/system/c1/warm/cap-1MiB/x");
  CHECK_THROWS_AS(parse_case_id(text), UsageError);
}

TEST_CASE("the label of an input is read back as it was written") {
  InputSpec spec;
  spec.profile = GENERATE("logs", "tiny-docs", "s7");
  spec.size_bytes = GENERATE(4'000'000, 1 << 20, 4097);
  spec.count = GENERATE(1, 5);
  spec.seed = GENERATE(42, 7);
  const InputSpec read = parse_input_label(spec.label());
  CHECK(read.label() == spec.label());
  CHECK(read.profile == spec.profile);
  CHECK(read.size_bytes == spec.size_bytes);
  CHECK(read.count == spec.count);
  CHECK(read.seed == spec.seed);
}

TEST_CASE("what is no label of an input is refused") {
  const std::string text = GENERATE(as<std::string>{}, "", "logs", "-4MB", "logs-", "logs-0x4MB",
                                    "logs-4000000", "logs-x4MB", "a.split", "logs-0MB");
  CHECK_THROWS_AS(parse_input_label(text), UsageError);
}

TEST_CASE("options of a label are read back") {
  const std::map<std::string, std::string> options{{"mode", "multi=part"}, {"x", "a,b/c"}};
  const auto [name, read] = parse_label(label_with_options("upload", options));
  CHECK(name == "upload");
  CHECK(read == options);
  CHECK(parse_label("merge").second.empty());
  CHECK_THROWS_AS(parse_label("merge:x"), UsageError);
}

}  // namespace splitscope::run
