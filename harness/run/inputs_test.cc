#include "harness/run/inputs.h"

#include <fstream>

#include "base/testing/temporary_folder.h"
#include "harness/run/cache_state.h"
#include "harness/run/input_manifest.h"
#include "tests/catch.h"

namespace splitscope::run {
namespace {

namespace fs = std::filesystem;

InputSpec spec_of(int count) {
  InputSpec spec;
  spec.size_bytes = 20'000'000;
  spec.count = count;
  return spec;
}

// A generator that counts, and what stands for the profile's bytes.
struct Counted {
  int generated = 0;
  std::string content = "the profile";

  Generator generator() {
    return [this](const InputSpec& spec, const fs::path& place) {
      ++generated;
      CHECK(fs::is_empty(place));
      for (int i = 0; i < spec.count; ++i) {
        fs::create_directory(place / ("index-" + std::to_string(i)));
        std::ofstream(place / ("index-" + std::to_string(i)) / "meta.json") << i;
        std::ofstream(place / ("split-" + std::to_string(i) + ".split")) << i;
      }
    };
  }
  GeneratorSource source() {
    return [this](const InputSpec&) { return content; };
  }
};

long entries(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
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
  Counted counted;
  InputCache cache(folder.path(), counted.generator(), counted.source());
  const InputSet set = cache.get(spec_of(2));
  CHECK(cache.get(spec_of(2)).splits == set.splits);
  CHECK(counted.generated == 1);
  CHECK(set.for_workload(workloads::WorkloadInput::kNone).empty());
  CHECK(set.for_workload(workloads::WorkloadInput::kIndex) == std::vector{set.indexes[0]});
  CHECK(set.for_workload(workloads::WorkloadInput::kSplit) == std::vector{set.splits[0]});
  CHECK(set.for_workload(workloads::WorkloadInput::kSplits).size() == 2);
  CHECK(fs::is_regular_file(set.splits[1]));
  CHECK_THAT(set.digest, test::contains("sha256:"));
  CHECK(cache.get(spec_of(1)).splits.size() == 1);
  CHECK(counted.generated == 2);
  // The next run finds it, proves it and gets the same digest.
  InputCache next(folder.path(), counted.generator(), counted.source());
  CHECK(next.get(spec_of(2)).digest == set.digest);
  CHECK(counted.generated == 2);
}

TEST_CASE("another profile or generator is another data set") {
  const test::TemporaryFolder folder;
  Counted counted;
  InputCache cache(folder.path(), counted.generator(), counted.source());
  const InputSet before = cache.get(spec_of(1));
  counted.content = "the profile, edited in place";
  const InputSet after = cache.get(spec_of(1));
  CHECK(before.splits != after.splits);
  CHECK(counted.generated == 2);
}

TEST_CASE("a data set that was changed is made anew, whatever was changed") {
  const auto changes = std::vector<std::function<void(const InputSet&)>>{
      [](const InputSet& set) { std::ofstream(set.splits[0]) << 'X'; },
      [](const InputSet& set) { std::ofstream(set.splits[0]) << "longer"; },
      [](const InputSet& set) { fs::remove(set.splits[1]); },
      [](const InputSet& set) { fs::rename(set.splits[1], set.splits[0]); },
      [](const InputSet& set) {
        const fs::path aside = set.splits[0].string() + "x";
        fs::rename(set.splits[0], aside);
        fs::create_symlink(aside.filename(), set.splits[0]);
        fs::rename(aside, set.splits[1]);
      },
      // The same size and the same times.
      [](const InputSet& set) {
        const auto time = fs::last_write_time(set.splits[0]);
        std::ofstream(set.splits[0]) << '1';
        fs::last_write_time(set.splits[0], time);
      }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    INFO(i);
    const test::TemporaryFolder folder;
    Counted counted;
    InputCache cache(folder.path(), counted.generator(), counted.source());
    const InputSet set = cache.get(spec_of(2));
    changes[i](set);
    std::string said;
    InputCache next(folder.path(), counted.generator(), counted.source(),
                    [&](const std::string& text) { said += text; });
    CHECK(next.get(spec_of(2)).digest == set.digest);
    CHECK(counted.generated == 2);
    CHECK_THAT(said, test::contains("was changed since it was made"));
    CHECK(entries(folder.path()) == 2);
  }
}

TEST_CASE("what is not ours is neither used nor removed") {
  const test::TemporaryFolder folder;
  Counted counted;
  InputCache cache(folder.path(), counted.generator(), counted.source());
  const InputSet set = cache.get(spec_of(1));
  const fs::path place = set.splits[0].parent_path();
  SECTION("a file beside ours") {
    std::ofstream(place / "notes.txt") << "mine";
    InputCache next(folder.path(), counted.generator(), counted.source());
    CHECK_THROWS_WITH(next.get(spec_of(1)), test::contains("notes.txt"));
    CHECK(fs::exists(place / "notes.txt"));
  }
  SECTION("a folder without a manifest") {
    fs::remove(place / "manifest.json");
    InputCache next(folder.path(), counted.generator(), counted.source());
    CHECK_THROWS_WITH(next.get(spec_of(1)), test::contains("no manifest of ours"));
    CHECK(fs::exists(set.splits[0]));
  }
  SECTION("a file in its place") {
    fs::remove_all(place);
    std::ofstream(place) << "mine";
    InputCache next(folder.path(), counted.generator(), counted.source());
    CHECK_THROWS_WITH(next.get(spec_of(1)), test::contains("is in the way"));
    CHECK(fs::is_regular_file(place));
  }
  CHECK(counted.generated == 1);
}

TEST_CASE("a generator that fails leaves nothing") {
  const test::TemporaryFolder folder;
  InputCache cache(
      folder.path(),
      [](const InputSpec&, const fs::path& place) {
        std::ofstream(place / "split-0.split") << "half";
        throw std::runtime_error("disk full");
      },
      [](const InputSpec&) { return std::string(); });
  CHECK_THROWS_WITH(cache.get(spec_of(1)), test::contains("disk full"));
  CHECK_THROWS_WITH(cache.get(spec_of(1)), test::contains("disk full"));
  // The lock.
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a profile that changes while inputs are made from it is found out") {
  const test::TemporaryFolder folder;
  int asked = 0;
  InputCache cache(
      folder.path(), [](const InputSpec&, const fs::path&) {},
      [&](const InputSpec&) { return std::to_string(asked++); });
  CHECK_THROWS_WITH(cache.get(spec_of(1)), test::contains("was changed while"));
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("inputs have a digest of their bytes, whatever they are called") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "a") << "one";
  std::ofstream(folder.path() / "b") << "one";
  std::ofstream(folder.path() / "c") << "two";
  const auto digest = [&](const char* name) { return digest_of_inputs({folder.path() / name}); };
  CHECK(digest("a") == digest("b"));
  CHECK(digest("a") != digest("c"));
  CHECK(digest_of_inputs({folder.path()}) != digest("a"));
  CHECK(digest_of_inputs({folder.path() / "a", folder.path() / "c"}) !=
        digest_of_inputs({folder.path() / "c", folder.path() / "a"}));
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
