#include "formats/split/split_writer.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "formats/errors.h"
#include "formats/segment/index_files.h"
#include "formats/split/bundle.h"
#include "formats/split/hotcache_builder.h"
#include "formats/split/split_fields.h"

namespace splitscope::formats {
namespace {

/// Quickwit's order: sorted by name, then what it adds to the index.
std::vector<BundleItem> payload_order(const IndexFiles& files) {
  std::vector<BundleItem> items;
  for (const auto& entry : files.list()) {
    if (entry.name == kSplitFieldsFile || entry.name == kRecoveryMetadataFile) continue;
    if (const auto problem = file_name_problem(entry.name); !problem.empty()) {
      throw UsageError(shown_path(files.path()) + ": a file's name " + problem +
                       ", which a split cannot have; rename or remove \"" + entry.name + "\"");
    }
    items.push_back({entry.name, 0});
  }
  items.push_back({std::string(kSplitFieldsFile), 0});
  if (files.contains(kRecoveryMetadataFile)) {
    items.push_back({std::string(kRecoveryMetadataFile), 0});
  }
  return items;
}

IndexFiles open_input(Strategy& strategy, const std::filesystem::path& directory) {
  if (!std::filesystem::is_directory(directory)) {
    throw UsageError(shown_path(directory) + ": no such directory; give the directory of an index");
  }
  if (!std::filesystem::exists(directory / kMetaFile)) {
    throw UsageError(shown_path(directory) +
                     ": no meta.json in this directory, so it is not a tantivy index");
  }
  auto files = IndexFiles::open_directory(strategy, directory);
  if (files.meta().segments.size() != 1) {
    throw UsageError(shown_path(directory) +
                     ": a split holds exactly one segment, this index has " +
                     std::to_string(files.meta().segments.size()) + "; merge its segments first");
  }
  return files;
}

/// A length as the footer has it.
std::uint32_t footer_length(std::uint64_t length, const char* what,
                            const std::filesystem::path& output) {
  if (length > std::numeric_limits<std::uint32_t>::max()) {
    throw UnsupportedFeature(shown_path(output) + ": " + what + " of " + std::to_string(length) +
                             " bytes; a split's footer has 4 bytes for that length");
  }
  return static_cast<std::uint32_t>(length);
}

template <typename T>
void write_number(ByteSink& sink, T value) {
  sink.write(std::as_bytes(std::span(&value, 1)));
}

}  // namespace

WrittenSplit write_split(Strategy& strategy, const std::filesystem::path& directory,
                         const std::filesystem::path& output, RunContext& context) {
  context.phase("scan");
  auto files = open_input(strategy, directory);
  auto items = payload_order(files);
  std::vector<std::byte> made_split_fields;
  if (!files.contains(kSplitFieldsFile)) {
    made_split_fields = encode_split_fields(split_fields_of(files.meta().schema));
  }
  for (auto& item : items) {
    item.length =
        files.contains(item.name) ? files.file(item.name).size() : made_split_fields.size();
  }

  context.phase("hotcache");
  const auto plan = plan_hotcache(files);
  const auto hotcache_bytes = footer_length(hotcache_length(plan), "a hotcache", output);

  context.phase("payload");
  const auto sink = strategy.create(output);
  for (const auto& item : items) {
    if (!files.contains(item.name)) {
      sink->write(made_split_fields);
      continue;
    }
    const auto file = files.file(item.name);
    sink->copy_from(file.source(), file.offset(), file.size());
  }

  context.phase("footer");
  const auto metadata = bundle_metadata(items);
  sink->write(metadata.span());
  write_number(*sink, footer_length(metadata.size(), "bundle metadata", output));
  write_hotcache(plan, *sink);
  write_number(*sink, hotcache_bytes);
  sink->finish();

  WrittenSplit written;
  for (const auto& item : items) written.footer.start += item.length;
  written.hotcache.start = written.footer.start + metadata.size() + sizeof(std::uint32_t);
  written.hotcache.end = written.hotcache.start + hotcache_bytes;
  written.file_size = written.hotcache.end + sizeof(std::uint32_t);
  written.footer.end = written.file_size;
  return written;
}

}  // namespace splitscope::formats
