#include "harness/tree/image_peaks.h"

#include "tests/catch.h"

namespace splitscope::tree {

TEST_CASE("a process with one image has the mark of its exit") {
  ImagePeaks peaks;
  peaks.seen(50);
  peaks.ended(70, 500, true);
  CHECK(peaks.peak_bytes() == 70U);
  CHECK(peaks.last_image_bytes() == 70U);
  CHECK(peaks.is_exact());
}

TEST_CASE("a replaced image is known by the mark that it left") {
  ImagePeaks peaks;
  peaks.seen(60);
  peaks.replaced(100, true);
  peaks.ended(20, 100, true);
  CHECK(peaks.peak_bytes() == 100U);
  CHECK(peaks.last_image_bytes() == 20U);
  CHECK(peaks.is_exact());
}

TEST_CASE("a mark that came from a child or the parent is not taken for an image's") {
  ImagePeaks after_child;
  after_child.child_ended(100);
  after_child.seen(60);
  after_child.replaced(100, true);
  after_child.ended(20, 100, true);
  CHECK(after_child.peak_bytes() == 60U);
  CHECK(!after_child.is_exact());

  ImagePeaks after_vfork;
  after_vfork.replaced(100, false);
  after_vfork.ended(20, 100, true);
  CHECK(after_vfork.peak_bytes() == 20U);
  CHECK(after_vfork.is_exact());
}

TEST_CASE("an image larger than all doubt is exact") {
  ImagePeaks peaks;
  peaks.replaced(100, false);
  peaks.seen(30);
  peaks.replaced(100, true);
  CHECK(!peaks.is_exact());
  peaks.ended(150, 150, true);
  CHECK(peaks.peak_bytes() == 150U);
  CHECK(peaks.is_exact());
}

TEST_CASE("a process that only used its parent's memory has none of its own") {
  ImagePeaks peaks;
  peaks.ended(70, 70, false);
  CHECK(!peaks.peak_bytes());
}

}  // namespace splitscope::tree
