#include "formats/split/check_inputs.h"

#include <string>
#include <utility>

#include "base/short_name.h"
#include "formats/errors.h"
#include "formats/split/bundle.h"
#include "formats/split/check_index.h"
#include "formats/split/hotcache_agreement.h"
#include "formats/split/open_index.h"

namespace splitscope::formats {
namespace {

/// Files lie one after another: bytes that belong to none belong to one whose place is wrong.
void check_payload(const SourceRange& split, const Bundle& bundle) {
  std::uint64_t end = 0;
  for (const BundleFile& file : bundle.files) {
    if (file.range.start != end) {
      throw split.error(end, "bytes " + std::to_string(end) + " to " +
                                 std::to_string(file.range.start) + ", before \"" + file.name +
                                 "\", belong to no file");
    }
    end = file.range.end;
  }
  if (end != bundle.metadata.start) {
    throw split.error(end, "bytes " + std::to_string(end) + " to " +
                               std::to_string(bundle.metadata.start) +
                               ", behind the last file, belong to no file");
  }
}

/// `split` is the whole file, named after it.
void check_hotcache(const SourceRange& split, const Bundle& bundle) {
  // A split without one opens for no searcher, but nothing in it is wrong.
  if (bundle.hotcache.size() == 0) return;
  const SourceRange place(split.source(), split.name() + ":hotcache", bundle.hotcache.start,
                          bundle.hotcache.size());
  const Hotcache hotcache(place);
  if (const CachedFile* const file = unknown_cached_file(bundle, hotcache)) {
    throw place.error(0, "it lists \"" + file->name + "\", which the split does not have");
  }
  for (const CachedFile& cached : hotcache.files()) {
    const BundleFile& file = *bundle.find(cached.name);
    if (const auto problem = hotcache_disagreement(split, file, bundle, hotcache)) {
      throw place.error(0, *problem);
    }
  }
}

// An index that is not understood is for the verb to refuse, or to take along as it is: of its
// files what can be checked without is checked.
template <typename Check, typename CheckFiles>
void check_what_can_be(Check check, CheckFiles check_files) {
  try {
    check();
  } catch (const UnsupportedFeature&) {
    check_files();
  }
}

void check_folder(Strategy& strategy, const std::filesystem::path& path) {
  check_what_can_be(
      [&] {
        auto files = IndexFiles::open_directory(strategy, path);
        check_index(files);
      },
      [&] {
        for (const IndexFileEntry& entry : list_directory(path)) {
          const auto source = strategy.open(path / entry.name);
          check_any_file(SourceRange(*source, short_name(path) + ":" + entry.name));
        }
      });
}

void check_split_file(Strategy& strategy, const std::filesystem::path& path) {
  const auto source = strategy.open(path);
  const SourceRange split(*source, short_name(path));
  const Bundle bundle = read_bundle(split);
  check_what_can_be(
      [&] {
        auto files = IndexFiles::from_split(strategy.open(path), path, bundle_parts(bundle));
        check_index(files);
      },
      [&] {
        for (const BundleFile& file : bundle.files) check_any_file(bundle.file(split, file));
      });
  check_what_can_be([&] { check_hotcache(split, bundle); }, [] {});
  check_payload(split, bundle);
}

}  // namespace

void check_splits_among(Strategy& strategy, std::span<const std::filesystem::path> files) {
  for (const std::filesystem::path& path : files) {
    try {
      const auto source = strategy.open(path);
      (void)read_bundle(SourceRange(*source, short_name(path)));
    } catch (const FormatError&) {
      continue;
    } catch (const UnsupportedFeature&) {
      continue;
    }
    check_split_file(strategy, path);
  }
}

void check_inputs(Strategy& strategy, std::span<const std::filesystem::path> inputs) {
  for (const auto& path : inputs) {
    if (std::filesystem::is_directory(path)) {
      check_folder(strategy, path);
    } else {
      check_split_file(strategy, path);
    }
  }
}

InputIdentity identity_of(std::span<const std::filesystem::path> inputs) {
  InputIdentity identity;
  for (const auto& path : inputs) {
    if (std::filesystem::is_directory(path)) {
      identity.add_folder(path, [](std::string_view name) { return belongs_to_index(name); });
    } else {
      identity.add_file(path);
    }
  }
  return identity;
}

}  // namespace splitscope::formats
