// Splits of others, damaged: every reader throws one of its errors or copes. Most telling under
// sanitizers.
#include "formats/errors.h"
#include "formats/segment/segment_files.h"
#include "formats/segment/testing/test_files.h"
#include "formats/split/bundle.h"
#include "formats/split/check_split.h"
#include "formats/split/hotcache.h"
#include "formats/split/hotcache_builder.h"
#include "formats/split/open_index.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

/// Reads all that a split's footer and components hold. True when it is accepted.
bool accepted(const std::vector<std::byte>& bytes) {
  auto source = std::make_unique<MemorySource>(bytes, 61);
  try {
    const SourceRange split(*source, "a.split");
    const auto bundle = read_bundle(split);
    const Hotcache hotcache(split.slice(bundle.hotcache.start, bundle.hotcache.size()));
    for (const auto& file : hotcache.files()) {
      for (const auto& slice : file.slices) {
        const auto part = hotcache.slice(slice);
        static_cast<void>(part.read(0, part.size()));
      }
    }
    check_split(split, bundle);
    auto files = IndexFiles::from_split(std::move(source), "a.split", bundle_parts(bundle));
    const auto plan = plan_hotcache(files);
    std::vector<std::byte> written;
    MemorySink sink(written);
    write_hotcache(plan, sink);
    return true;
  } catch (const FormatError&) {
  } catch (const UnsupportedFeature&) {
  } catch (const WrongOutput&) {
  }
  return false;
}

// With every kind of file that a split has; small, because each of its bytes costs a reading of
// all.
constexpr const char* kSplit = "part-2.split";

TEST_CASE("a split of tantivy's cut at any byte from its end is refused") {
  const auto whole = test::read_file(test::golden(kSplit));
  REQUIRE(accepted(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (accepted({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)})) {
      FAIL(kSplit << " was accepted with " << size << " bytes");
    }
  }
}

TEST_CASE("a flipped bit anywhere in a split of tantivy's never goes further than an error") {
  const auto whole = test::read_file(test::golden(kSplit));
  std::size_t refused = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto flipped = whole;
      flipped[i] ^= static_cast<std::byte>(1u << bit);
      if (!accepted(flipped)) ++refused;
    }
  }
  // Checksums and the hotcache's copies cover nearly every byte.
  CHECK(refused > whole.size() * 8 * 9 / 10);
}

}  // namespace
}  // namespace splitscope::formats
