#include "formats/segment/terms/dictionary_lookup.h"

#include <string>

#include "formats/segment/terms/key_decoder.h"
#include "formats/segment/terms/sstable_block_reader.h"
#include "formats/segment/terms/value_readers.h"

namespace splitscope::formats {
namespace {

// Goes through the keys of one part; `visit` returns false to end.
template <typename Values, typename Visit>
void visit_part(const SourceRange& dictionary, const BlockIndex::Part& part, Visit visit) {
  SstableBlockReader blocks(dictionary, part.bytes.start, part.bytes.size(), part.terminated);
  KeyDecoder keys;
  Values values;
  while (blocks.next()) {
    keys.start_block(blocks, values.load(blocks));
    while (!keys.block_done()) {
      keys.next(blocks);
      values.next(blocks);
      if (!visit(keys.key(), values)) return;
    }
  }
}

}  // namespace

TermDictionary::TermDictionary(const SourceRange& field)
    : dictionary_(sstable_of_field(field)),
      footer_(SstableFooter::read(dictionary_)),
      index_(dictionary_, footer_) {}

std::optional<TermInfo> TermDictionary::lookup(std::span<const std::byte> key) const {
  const auto part = index_.part_of_key(key);
  if (!part) return std::nullopt;
  std::optional<TermInfo> found;
  visit_part<TermInfoValues>(dictionary_, *part,
                             [&](std::span<const std::byte> at, const TermInfoValues& values) {
                               const int order = compare_keys(at, key);
                               if (order == 0) found = values.value();
                               return order < 0;
                             });
  return found;
}

OrdinalDictionary::OrdinalDictionary(const SourceRange& dictionary)
    : dictionary_(dictionary),
      footer_(SstableFooter::read(dictionary_)),
      index_(dictionary_, footer_) {}

bool OrdinalDictionary::key_at(std::uint64_t ordinal, KeyBuffer& key) const {
  if (ordinal >= footer_.num_terms) return false;
  const BlockIndex::Part part = index_.part_of_ordinal(ordinal);
  std::uint64_t at_ordinal = part.first_ordinal;
  bool found = false;
  visit_part<VoidValues>(dictionary_, part, [&](std::span<const std::byte> at, const VoidValues&) {
    if (at_ordinal++ < ordinal) return true;
    key.assign(at);
    found = true;
    return false;
  });
  if (!found) {
    throw dictionary_.error(part.bytes.start, "the dictionary's footer counts " +
                                                  std::to_string(footer_.num_terms) +
                                                  " keys, number " + std::to_string(ordinal) +
                                                  " is not where its index says");
  }
  return true;
}

}  // namespace splitscope::formats
