// Runs the fuzz targets without a fuzzer: on every input that once crashed one, and on the seeds,
// which all must be taken for well-formed.
#include <random>

#include "formats/segment/testing/test_files.h"
#include "tests/catch.h"
#include "tests/fuzz/seeds.h"

namespace splitscope::fuzz {
namespace {

const NamedTarget* find_target(std::string_view name) {
  for (const NamedTarget& target : kTargets) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

TEST_CASE("inputs that once crashed a target do no harm") {
  std::size_t count = 0;
  for (const auto& folder : std::filesystem::directory_iterator(SPLITSCOPE_FUZZ_REGRESSIONS)) {
    if (!folder.is_directory()) continue;
    const NamedTarget* target = find_target(folder.path().filename().string());
    INFO(folder.path().string());
    REQUIRE(target != nullptr);
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      INFO(entry.path().string());
      CHECK_NOTHROW((void)accepts(target->run, test::read_file(entry.path())));
      ++count;
    }
  }
  CHECK(count > 0);
}

void check_seeds(const Seeds& seeds) {
  for (const auto& [name, inputs] : seeds) {
    const NamedTarget* target = find_target(name);
    INFO(name);
    REQUIRE(target != nullptr);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      INFO("seed " << i);
      CHECK_NOTHROW(target->run(inputs[i]));
    }
  }
}

TEST_CASE("every target takes what our writers write") {
  Seeds seeds;
  add_written_seeds(seeds);
  check_seeds(seeds);
}

// What is not supported is a seed as well, which only says so: a dictionary of type FST, a column
// of ip addresses.
void check_foreign_seeds(const Seeds& seeds) {
  CHECK(seeds.size() > 5);
  for (const auto& [name, inputs] : seeds) {
    const NamedTarget* target = find_target(name);
    INFO(name);
    REQUIRE(target != nullptr);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      INFO("seed " << i);
      try {
        target->run(inputs[i]);
      } catch (const formats::UnsupportedFeature& error) {
        CHECK_THAT(std::string(error.what()),
                   test::contains("FST") || test::contains("ip columns"));
      }
    }
  }
}

TEST_CASE("every target takes what lies in golden files") {
  Seeds seeds;
  add_fixture_seeds(test::golden(""), seeds);
  check_foreign_seeds(seeds);
}

TEST_CASE("every target takes what lies in the real files") {
  const auto root = test::fixture("splits");
  if (!root) return;
  Seeds seeds;
  // Those in fixtures/reported are damaged, in part on purpose.
  for (const char* folder : {"splits", "tantivy_index", "columnar"}) {
    add_fixture_seeds(root->parent_path() / folder, seeds);
  }
  check_foreign_seeds(seeds);
}

TEST_CASE("no truncation and no noise makes a target fail") {
  Seeds seeds;
  add_written_seeds(seeds);
  std::mt19937 random(1);
  for (const auto& [name, inputs] : seeds) {
    const NamedTarget* target = find_target(name);
    INFO(name);
    for (const Content& input : inputs) {
      constexpr std::size_t kRounds = 100;
      for (std::size_t round = 0; round < kRounds; ++round) {
        Content damaged = input;
        damaged[random() % damaged.size()] = static_cast<std::byte>(random());
        if (round % 2 == 0) damaged.resize(random() % damaged.size());
        CHECK_NOTHROW((void)accepts(target->run, damaged));
      }
    }
  }
}

}  // namespace
}  // namespace splitscope::fuzz
