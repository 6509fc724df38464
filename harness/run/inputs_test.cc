#include "harness/run/inputs.h"

#include <fstream>

#include "harness/run/cache_state.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace splitscope::run {
namespace {

namespace fs = std::filesystem;

InputSpec spec_of(int count) {
  InputSpec spec;
  spec.size_bytes = 20'000'000;
  spec.count = count;
  return spec;
}

}  // namespace

TEST_CASE("labels say what makes the bytes") {
  InputSpec spec = spec_of(1);
  CHECK(spec.label() == "logs-20MB");
  spec.count = 5;
  spec.seed = 7;
  CHECK(spec.label() == "logs-5x20MB-s7");
}

TEST_CASE("a data set is generated once") {
  const test::TemporaryFolder folder;
  int generated = 0;
  const InputCache cache(folder.path(), [&](const InputSpec& spec, const fs::path& place) {
    ++generated;
    CHECK(fs::is_empty(place));
    for (int i = 0; i < spec.count; ++i) {
      fs::create_directory(place / ("index-" + std::to_string(i)));
      std::ofstream(place / ("split-" + std::to_string(i) + ".split")) << i;
    }
  });
  CHECK_FALSE(cache.has(spec_of(2)));
  const InputSet set = cache.get(spec_of(2));
  CHECK(cache.get(spec_of(2)).splits == set.splits);
  CHECK(generated == 1);
  CHECK(cache.has(spec_of(2)));
  CHECK(set.of_kind(InputKind::kNone).empty());
  CHECK(set.of_kind(InputKind::kIndex) == std::vector{set.indexes[0]});
  CHECK(set.of_kind(InputKind::kSplit) == std::vector{set.splits[0]});
  CHECK(set.of_kind(InputKind::kSplits).size() == 2);
  CHECK(fs::is_regular_file(set.splits[1]));
  CHECK(cache.get(spec_of(1)).splits.size() == 1);
  CHECK(generated == 2);
}

TEST_CASE("a generator that fails leaves nothing that looks whole") {
  const test::TemporaryFolder folder;
  const InputCache cache(folder.path(), [](const InputSpec&, const fs::path& place) {
    std::ofstream(place / "split-0.split") << "half";
    throw std::runtime_error("disk full");
  });
  CHECK_THROWS_WITH(cache.get(spec_of(1)), test::contains("disk full"));
  CHECK_FALSE(cache.has(spec_of(1)));
  CHECK_THROWS_WITH(cache.get(spec_of(1)), test::contains("disk full"));
}

TEST_CASE("files of a folder are listed by name and summed up") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "b") << "12345";
  std::ofstream(folder.path() / "a") << "123";
  CHECK(files_of(folder.path()) == std::vector{folder.path() / "a", folder.path() / "b"});
  CHECK(files_of(folder.path() / "a") == std::vector{folder.path() / "a"});
  CHECK(total_size({folder.path(), folder.path() / "a"}) == 11);
}

TEST_CASE("warm inputs are cached, cold ones are not or say why") {
  const test::TemporaryFolder folder;
  const fs::path file = folder.path() / "data";
  std::ofstream(file) << std::string(1 << 20, 'x');
  CHECK_FALSE(set_cache_state({file}, CacheState::kWarm));
  CHECK(cached_bytes(file) == 1 << 20);
  const auto why = set_cache_state({file}, CacheState::kCold);
  // A file system in memory cannot drop what it has nowhere else.
  if (why) {
    CHECK_THAT(*why, test::contains("stayed in the page cache"));
  } else {
    CHECK(cached_bytes(file) == 0);
  }
  CHECK_THROWS_WITH(set_cache_state({folder.path() / "none"}, CacheState::kWarm),
                    test::contains("none"));
}

}  // namespace splitscope::run
