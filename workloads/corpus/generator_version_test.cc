// Kept inputs are told apart by the generator's version, so it must change with the bytes.
#include "workloads/corpus/generator_version.h"

#include <lz4.h>
#include <zstd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/testing/temporary_folder.h"
#include "strategies/catalog.h"
#include "tests/catch.h"
#include "workloads/corpus/generate.h"

namespace splitscope::workloads {
namespace {

namespace fs = std::filesystem;

// The libraries that the recorded version was made with: others may pack the same documents
// differently. They are a part of the key of their own.
constexpr const char* kZstdOfVersion = "1.5.4";
constexpr const char* kLz4OfVersion = "1.9.4";
// Two small splits of each profile.
constexpr std::uint64_t kSizeBytes = 300'000;
constexpr std::size_t kVersionDigits = 16;

std::string digest_below(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) names.push_back(entry.path().lexically_relative(folder).string());
  }
  std::sort(names.begin(), names.end());
  FieldDigest digest;
  for (const std::string& name : names) {
    digest.add_field(name);
    digest.add_field(sha256_hex_of_file(folder / name));
  }
  return digest.hex();
}

// Over all profiles: together they have every kind of field.
std::string version_now() {
  FieldDigest all;
  std::vector<fs::path> profiles;
  for (const auto& entry :
       fs::directory_iterator(fs::path(SPLITSCOPE_SOURCE_DIR) / "workloads/corpus/profiles")) {
    profiles.push_back(entry.path());
  }
  std::sort(profiles.begin(), profiles.end());
  for (const fs::path& profile : profiles) {
    const test::TemporaryFolder folder;
    GenerateSpec spec;
    spec.profile = read_profile(profile);
    spec.size_bytes = kSizeBytes;
    spec.count = 2;
    spec.seed = 1;
    AccessCounters counters;
    const auto strategy = strategies::make_strategy("streaming", counters);
    (void)generate(spec, *strategy, folder.path() / "made");
    all.add_field(profile.filename().string());
    all.add_field(digest_below(folder.path() / "made"));
  }
  return all.hex().substr(0, kVersionDigits);
}

}  // namespace

TEST_CASE("the generator's version is the digest of what it makes") {
  const std::string zstd = ZSTD_versionString();
  const std::string lz4 = LZ4_versionString();
  if (zstd != kZstdOfVersion || lz4 != kLz4OfVersion) {
    WARN("skipped: the version was recorded with zstd "
         << kZstdOfVersion << " and lz4 " << kLz4OfVersion << ", here are " << zstd << " and "
         << lz4);
    return;
  }
  const std::string now = version_now();
  INFO(
      "the generator or a profile makes other bytes than when its version was recorded: set "
      "kGeneratorVersion in workloads/corpus/generator_version.h to \""
      << now << "\", so that nobody uses inputs that were made before");
  CHECK(now == kGeneratorVersion);
}

}  // namespace splitscope::workloads
