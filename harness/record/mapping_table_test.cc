#include "harness/record/mapping_table.h"

#include <map>
#include <random>
#include <vector>

#include "harness/record/heap_release.h"
#include "tests/catch.h"

namespace splitscope::record::shim {
namespace {

struct Table {
  std::vector<MappedRange> places = std::vector<MappedRange>(64);
  MappingTable table{places.data(), places.size()};
};

TEST_CASE("mappings are entered and taken out whole") {
  Table t;
  t.table.add(100, 200, MappingKind::anon);
  t.table.add(300, 350, MappingKind::file);
  CHECK(t.table.total().anon == 100);
  CHECK(t.table.total().file == 50);
  REQUIRE(t.table.find(349) != nullptr);
  CHECK(t.table.find(349)->kind == MappingKind::file);
  CHECK(t.table.find(350) == nullptr);
  CHECK(t.table.find(99) == nullptr);
  t.table.remove(100, 200);
  CHECK(t.table.total().anon == 0);
  CHECK(t.table.total().file == 50);
}

TEST_CASE("unmapping cuts heads, tails, middles and spans") {
  Table t;
  t.table.add(100, 200, MappingKind::anon);
  SECTION("head") {
    t.table.remove(50, 120);
    CHECK(t.table.total().anon == 80);
    CHECK(t.table.find(119) == nullptr);
    CHECK(t.table.find(120) != nullptr);
  }
  SECTION("tail") {
    t.table.remove(180, 220);
    CHECK(t.table.total().anon == 80);
  }
  SECTION("middle") {
    t.table.remove(140, 160);
    CHECK(t.table.total().anon == 80);
    CHECK(t.table.find(139) != nullptr);
    CHECK(t.table.find(140) == nullptr);
    CHECK(t.table.find(160) != nullptr);
    t.table.remove(0, 1000);
    CHECK(t.table.total().anon == 0);
  }
  SECTION("several at once") {
    t.table.add(200, 300, MappingKind::file);
    t.table.add(400, 500, MappingKind::anon);
    t.table.remove(150, 450);
    CHECK(t.table.total().anon == 100);
    CHECK(t.table.total().file == 0);
  }
  SECTION("nothing") {
    t.table.remove(200, 400);
    t.table.remove(150, 150);
    CHECK(t.table.total().anon == 100);
  }
}

TEST_CASE("a mapping on top of another replaces it") {
  Table t;
  t.table.add(100, 200, MappingKind::anon);
  t.table.add(150, 250, MappingKind::file);
  CHECK(t.table.total().anon == 50);
  CHECK(t.table.total().file == 100);
}

TEST_CASE("a reservation counts where it is opened") {
  Table t;
  t.table.add(100, 1000, MappingKind::anon, RangeState::reserved);
  CHECK(t.table.total().anon == 0);
  t.table.open(200, 300);
  CHECK(t.table.total().anon == 100);
  t.table.open(250, 400);
  CHECK(t.table.total().anon == 200);
  t.table.remove(50, 250);
  CHECK(t.table.total().anon == 150);
  t.table.open(0, 2000);
  CHECK(t.table.total().anon == 750);
  t.table.remove(0, 2000);
  CHECK(t.table.total().anon == 0);
}

TEST_CASE("several reservations are opened at once, each as what it is") {
  Table t;
  t.table.add(100, 200, MappingKind::anon, RangeState::reserved);
  t.table.add(200, 300, MappingKind::shared, RangeState::reserved);
  t.table.add(400, 500, MappingKind::file, RangeState::reserved);
  t.table.open(150, 450);
  CHECK(t.table.total().anon == 50);
  CHECK(t.table.total().shared == 100);
  CHECK(t.table.total().file == 50);
}

TEST_CASE("what is inherited does not count, and is no longer there once unmapped") {
  Table t;
  t.table.add(100, 200, MappingKind::anon);
  t.table.add(300, 400, MappingKind::anon, RangeState::reserved);
  t.table.inherit();
  CHECK(t.table.total().anon == 0);
  t.table.add(500, 600, MappingKind::anon);
  t.table.remove(100, 150);
  CHECK(t.table.total().anon == 100);
  t.table.open(100, 350);
  CHECK(t.table.total().anon == 150);
}

TEST_CASE("a full table leaves ranges out and stays whole") {
  Table t;
  for (std::uintptr_t i = 0; i < 100; ++i) t.table.add(i * 10, i * 10 + 5, MappingKind::anon);
  CHECK(t.table.total().anon == 64 * 5);
  t.table.remove(0, 1000);
  CHECK(t.table.total().anon == 0);
}

TEST_CASE("agrees with a map of single pages over random changes") {
  std::mt19937 random(7);
  Table t;
  std::map<std::uintptr_t, MappingKind> pages;
  for (int step = 0; step < 20'000; ++step) {
    const std::uintptr_t begin = random() % 60;
    const std::uintptr_t end = begin + 1 + random() % 12;
    if (random() % 2 == 0) {
      const auto kind = random() % 2 == 0 ? MappingKind::anon : MappingKind::file;
      t.table.add(begin, end, kind);
      for (auto page = begin; page < end; ++page) pages[page] = kind;
    } else {
      t.table.remove(begin, end);
      for (auto page = begin; page < end; ++page) pages.erase(page);
    }
    std::uint64_t anon = 0;
    for (const auto& [page, kind] : pages) anon += kind == MappingKind::anon ? 1 : 0;
    REQUIRE(t.table.total().anon == anon);
    REQUIRE(t.table.total().file == pages.size() - anon);
    const std::uintptr_t probe = random() % 80;
    const auto expected = pages.find(probe);
    const MappedRange* found = t.table.find(probe);
    REQUIRE((found != nullptr) == (expected != pages.end()));
    if (found != nullptr) REQUIRE(found->kind == expected->second);
  }
}

TEST_CASE("a release is reported at each new highest, and below it once per 16 MiB") {
  constexpr std::int64_t kMiB = 1 << 20;
  ReleaseWatch watch;
  CHECK(watch.wants(64 * kMiB, 1 * kMiB));
  watch.reported(64 * kMiB);
  SECTION("not again at the same height") { CHECK_FALSE(watch.wants(64 * kMiB, 1 * kMiB)); }
  SECTION("again above it by a 64th") {
    CHECK_FALSE(watch.wants(65 * kMiB, 1));
    CHECK(watch.wants(65 * kMiB + 1, 1));
  }
  SECTION("near it when enough went away since") {
    for (int i = 0; i < 15; ++i) CHECK_FALSE(watch.wants(60 * kMiB, 1 * kMiB));
    CHECK(watch.wants(60 * kMiB, 1 * kMiB));
    watch.reported(60 * kMiB);
    CHECK_FALSE(watch.wants(60 * kMiB, 1 * kMiB));
  }
  SECTION("never far below it") { CHECK_FALSE(watch.wants(55 * kMiB, 50 * kMiB)); }
}

}  // namespace
}  // namespace splitscope::record::shim
