#include "formats/segment/terms/sstable_footer.h"

#include <string>

#include "formats/codec/byte_reader.h"

namespace splitscope::formats {
namespace {

// index offset, number of terms, version.
constexpr std::uint64_t kFooterBytes = 8 + 8 + 4;
constexpr std::uint64_t kTransducerLengthBytes = 8;
constexpr std::uint64_t kTerminatorBytes = 4;

constexpr std::uint64_t kTypeBytes = 4;
constexpr std::uint32_t kFstType = 1;
constexpr std::uint32_t kSstableType = 2;

}  // namespace

SstableFooter SstableFooter::read(const SourceRange& dictionary) {
  const std::uint64_t size = dictionary.size();
  if (size < kFooterBytes + kTerminatorBytes) {
    throw dictionary.error(0,
                           "a dictionary has at least 24 bytes, here are " + std::to_string(size));
  }
  const std::uint64_t index_end = size - kFooterBytes;
  const Bytes bytes = dictionary.read(index_end, kFooterBytes);
  ByteReader reader(bytes.span(), {dictionary.name(), index_end});
  SstableFooter footer;
  footer.blocks_end = reader.fixed<std::uint64_t>();
  footer.num_terms = reader.fixed<std::uint64_t>();
  footer.index_version = reader.fixed<std::uint32_t>();
  if (footer.blocks_end < kTerminatorBytes || footer.blocks_end > index_end) {
    throw dictionary.error(index_end, "the dictionary's blocks end at " +
                                          std::to_string(footer.blocks_end) + ", outside its " +
                                          std::to_string(size) + " bytes");
  }
  footer.index_bytes = index_end - footer.blocks_end;
  if (footer.index_version == kNestedIndexVersion) return footer;
  if (footer.index_version != kTransducerIndexVersion) {
    throw dictionary.error(size - sizeof(std::uint32_t), "dictionary version " +
                                                             std::to_string(footer.index_version) +
                                                             " is unknown; 2 and 3 can be read");
  }
  if (footer.index_bytes < kTransducerLengthBytes) {
    throw dictionary.error(footer.blocks_end, "the dictionary's index is cut off");
  }
  footer.index_bytes -= kTransducerLengthBytes;
  const std::uint64_t length_at = footer.blocks_end + footer.index_bytes;
  const Bytes length = dictionary.read(length_at, kTransducerLengthBytes);
  footer.transducer_bytes =
      ByteReader(length.span(), {dictionary.name(), length_at}).fixed<std::uint64_t>();
  if (footer.transducer_bytes > footer.index_bytes) {
    throw dictionary.error(
        length_at, "the dictionary's index has " + std::to_string(footer.index_bytes) +
                       " bytes, its first part claims " + std::to_string(footer.transducer_bytes));
  }
  return footer;
}

SourceRange sstable_of_field(const SourceRange& field) {
  if (field.size() < kTypeBytes) {
    throw field.error(0, "a field's dictionary ends with 4 bytes of type, here are " +
                             std::to_string(field.size()));
  }
  const std::uint64_t type_at = field.size() - kTypeBytes;
  const Bytes bytes = field.read(type_at, kTypeBytes);
  const auto type = ByteReader(bytes.span(), {field.name(), type_at}).fixed<std::uint32_t>();
  if (type == kFstType) {
    throw UnsupportedFeature(shown_name(field.name()) +
                             ": the term dictionary is of type FST (tantivy's default build); "
                             "reading or merging its terms is not supported, only dictionaries of "
                             "type SSTable (Quickwit's build) are");
  }
  if (type != kSstableType) {
    throw field.error(
        type_at, "dictionary type " + std::to_string(type) + " is unknown; 1 is FST, 2 is SSTable");
  }
  return field.slice(0, type_at);
}

}  // namespace splitscope::formats
