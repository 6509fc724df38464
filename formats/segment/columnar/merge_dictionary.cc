#include "formats/segment/columnar/merge_dictionary.h"

#include <string>
#include <utility>

#include "formats/codec/checked.h"
#include "formats/segment/terms/dictionary_streams.h"
#include "formats/segment/terms/k_way_merge.h"

namespace splitscope::formats {
namespace {

// A key takes at least two bytes before compression. zstd does not come near this on what sets one
// key apart from the next; a footer that claims more would have maps allocated for nothing.
constexpr std::uint64_t kMaxKeysPerByte = 1024;

void check_key_count(const SourceRange& dictionary, std::uint64_t num_keys) {
  if (num_keys / kMaxKeysPerByte <= dictionary.size()) return;
  throw dictionary.error(dictionary.size(), "a dictionary of " + std::to_string(dictionary.size()) +
                                                " bytes claims " + std::to_string(num_keys) +
                                                " keys");
}

}  // namespace

std::vector<std::optional<OrdinalMap>> merge_dictionaries(
    std::span<const std::optional<Column>> columns, ColumnarWriter& out) {
  std::vector<OrdinalStream> streams;
  std::vector<std::size_t> column_of;
  streams.reserve(columns.size());
  column_of.reserve(columns.size());
  std::uint64_t bound = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!columns[i]) continue;
    const SourceRange& dictionary = columns[i]->dictionary();
    streams.emplace_back(dictionary);
    column_of.push_back(i);
    check_key_count(dictionary, streams.back().num_terms());
    const auto sum = checked_add(bound, streams.back().num_terms());
    if (!sum) throw dictionary.error(dictionary.size(), "more than 2^64 keys");
    bound = *sum;
  }
  std::vector<std::optional<OrdinalMap>> maps(columns.size());
  for (std::size_t i = 0; i < streams.size(); ++i) {
    maps[column_of[i]].emplace(streams[i].num_terms(), bound);
  }
  KWayMerge<OrdinalStream> keys(std::move(streams));
  for (std::uint64_t ordinal = 0; keys.advance(); ++ordinal) {
    out.put_key(keys.key());
    for (const std::uint32_t input : keys.inputs()) {
      OrdinalMap& map = *maps[column_of[input]];
      if (map.size() == keys.stream(input).num_terms()) {
        const SourceRange& dictionary = columns[column_of[input]]->dictionary();
        throw dictionary.error(dictionary.size(), "the dictionary holds more than the " +
                                                      std::to_string(map.size()) +
                                                      " keys of its footer");
      }
      map.push_back(ordinal);
    }
  }
  return maps;
}

}  // namespace splitscope::formats
