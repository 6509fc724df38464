#include "harness/tree/tree_timeline.h"

#include "tests/catch.h"

namespace splitscope::tree {

TEST_CASE("a timeline stays within its bounds and keeps its peaks") {
  TreeTimeline timeline(64);
  for (std::uint64_t t = 0; t < 1000; ++t) {
    TreeInstant instant;
    instant.t_us = t;
    instant.processes = 1;
    instant.anon_bytes = t == 333 ? 9999 : t % 7;
    instant.shmem_bytes = t == 700 ? 8888 : t % 3;
    instant.rss_bytes = instant.anon_bytes + instant.shmem_bytes;
    timeline.add(instant);
  }
  const auto instants = timeline.take();
  CHECK(instants.size() <= 64);
  CHECK(instants.front().t_us == 0);
  bool anon = false;
  bool shmem = false;
  for (std::size_t i = 0; i < instants.size(); ++i) {
    anon = anon || instants[i].anon_bytes == 9999;
    shmem = shmem || instants[i].shmem_bytes == 8888;
    if (i > 0) CHECK(instants[i - 1].t_us < instants[i].t_us);
  }
  CHECK(anon);
  CHECK(shmem);
}

TEST_CASE("of a stretch without change its ends stay") {
  TreeTimeline timeline;
  for (std::uint64_t t = 0; t < 100; ++t) timeline.add({t, 1, 5, 5, 0, 0});
  timeline.add({100, 1, 6, 6, 0, 0});
  const auto instants = timeline.take();
  REQUIRE(instants.size() == 3);
  CHECK(instants[0].t_us == 0);
  CHECK(instants[1].t_us == 99);
  CHECK(instants[2].t_us == 100);
}

}  // namespace splitscope::tree
