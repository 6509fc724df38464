#include "formats/segment/terms/key_decoder.h"

#include <string>

#include "formats/codec/byte_reader.h"

namespace splitscope::formats {

void KeyDecoder::read_long(const SstableBlockReader& blocks, std::size_t& keep, std::size_t& add) {
  const ReaderPlace place = blocks.place();
  ByteReader reader({at_, end_}, {place.file, place.offset + position()});
  keep = static_cast<std::size_t>(reader.leb128());
  add = static_cast<std::size_t>(reader.leb128());
  at_ += reader.position();
}

void KeyDecoder::fail_lengths(const SstableBlockReader& blocks, std::size_t keep,
                              std::size_t add) const {
  blocks.fail(position(), "a key keeps " + std::to_string(keep) + " bytes and adds " +
                              std::to_string(add) + "; the key before has " +
                              std::to_string(key_.size()) + " and the block " +
                              std::to_string(end_ - at_) + " left");
}

void KeyDecoder::fail_order(const SstableBlockReader& blocks) const {
  blocks.fail(position(), "a key is not greater than the key before it");
}

}  // namespace splitscope::formats
