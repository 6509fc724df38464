#include "formats/split/split_fields.h"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <tuple>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/byte_reader.h"
#include "formats/codec/zstd_context.h"

namespace splitscope::formats {
namespace {

constexpr std::uint8_t kVersion = 2;
constexpr int kZstdLevel = 3;
// Ten thousand fields take about half a megabyte.
constexpr std::uint64_t kMaxEntryBytes = std::uint64_t{16} << 20;
// A field takes two bytes of message at least and some fifty of memory.
constexpr std::size_t kMaxFields = std::size_t{1} << 18;
// 8 MiB: what RFC 8878 asks every decoder for, and four times what writers use. The decoder
// allocates the window that a frame claims before it has seen any of its content.
constexpr int kMaxWindowLog = 23;

// Protobuf: a tag is field number << 3 | wire type.
constexpr std::uint64_t kVarint = 0;
constexpr std::uint64_t kFixed64 = 1;
constexpr std::uint64_t kLengthDelimited = 2;
constexpr std::uint64_t kFixed32 = 5;
constexpr std::uint64_t tag(std::uint64_t number, std::uint64_t wire) { return number << 3 | wire; }
constexpr std::uint64_t kEntryTag = tag(1, kLengthDelimited);
constexpr std::uint64_t kNameTag = tag(1, kLengthDelimited);
constexpr std::uint64_t kTypeTag = tag(2, kVarint);
constexpr std::uint64_t kSearchableTag = tag(4, kVarint);
constexpr std::uint64_t kAggregatableTag = tag(5, kVarint);

std::uint32_t quickwit_type(FieldType type) {
  switch (type) {
    case FieldType::kText:
      return 0;
    case FieldType::kU64:
      return 1;
    case FieldType::kI64:
      return 2;
    case FieldType::kF64:
      return 3;
    case FieldType::kBool:
      return 4;
    case FieldType::kDate:
      return 5;
    case FieldType::kFacet:
      return 6;
    case FieldType::kBytes:
      return 7;
    case FieldType::kIp:
      return 8;
    case FieldType::kJson:
      return 9;
  }
  return 0;
}

/// proto3 leaves out members that have their default.
void put_entry(const SplitField& field, ByteBuffer& message, ByteBuffer& scratch) {
  scratch.clear();
  if (!field.name.empty()) {
    scratch.leb128(kNameTag);
    scratch.leb128(field.name.size());
    scratch.text(field.name);
  }
  if (field.type != 0) {
    scratch.leb128(kTypeTag);
    scratch.leb128(field.type);
  }
  if (field.searchable) {
    scratch.leb128(kSearchableTag);
    scratch.leb128(1);
  }
  if (field.aggregatable) {
    scratch.leb128(kAggregatableTag);
    scratch.leb128(1);
  }
  message.leb128(kEntryTag);
  message.leb128(scratch.size());
  message.bytes(scratch.span());
}

/// Skips the value of a tag that is unknown here.
void skip_value(ByteReader& reader, std::uint64_t wire) {
  switch (wire) {
    case kVarint:
      static_cast<void>(reader.leb128());
      return;
    case kFixed64:
      static_cast<void>(reader.fixed<std::uint64_t>());
      return;
    case kLengthDelimited: {
      const auto length = reader.leb128();
      static_cast<void>(reader.bytes(length));
      return;
    }
    case kFixed32:
      static_cast<void>(reader.fixed<std::uint32_t>());
      return;
    default:
      reader.fail("protobuf wire type " + std::to_string(wire) + " is not in use");
  }
}

constexpr std::uint64_t kWireMask = 7;

SplitField parse_entry(ByteReader reader) {
  SplitField field;
  while (!reader.at_end()) {
    const auto key = reader.leb128();
    if (key == kNameTag) {
      const auto length = reader.leb128();
      field.name = std::string(reader.text(length));
    } else if (key == kTypeTag) {
      field.type = static_cast<std::uint32_t>(reader.leb128());
    } else if (key == kSearchableTag) {
      field.searchable = reader.leb128() != 0;
    } else if (key == kAggregatableTag) {
      field.aggregatable = reader.leb128() != 0;
    } else {
      skip_value(reader, key & kWireMask);
    }
  }
  return field;
}

/// Decodes the frame in bounded steps: a false size in its header must not decide what is
/// allocated.
std::vector<std::byte> decompress(const SourceRange& entry, std::span<const std::byte> frame) {
  const ZstdDecompressor context = make_zstd_decompressor();
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  std::vector<std::byte> message;
  ZSTD_inBuffer in{frame.data(), frame.size(), 0};
  std::size_t hint = 1;
  while (hint != 0) {
    const auto used = message.size();
    message.resize(used + ZSTD_DStreamOutSize());
    ZSTD_outBuffer out{message.data() + used, message.size() - used, 0};
    hint = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(hint) != 0) {
      throw entry.error(
          1, std::string("the zstd frame of split_fields is damaged: ") + ZSTD_getErrorName(hint));
    }
    message.resize(used + out.pos);
    if (hint != 0 && out.pos == 0 && in.pos == in.size) {
      throw entry.error(entry.size(), "the zstd frame of split_fields ends early");
    }
    if (message.size() > kMaxEntryBytes) {
      throw entry.error(
          1, "split_fields unpacks to more than " + std::to_string(kMaxEntryBytes) + " bytes");
    }
  }
  return message;
}

}  // namespace

std::vector<SplitField> split_fields_of(const Schema& schema) {
  std::vector<SplitField> fields;
  for (const auto& field : schema.fields) {
    if (field.type == FieldType::kJson || (!field.indexed && !field.fast)) continue;
    fields.push_back({field.name, quickwit_type(field.type), field.indexed, field.fast});
  }
  std::sort(fields.begin(), fields.end(), [](const SplitField& a, const SplitField& b) {
    return std::tie(a.name, a.type) < std::tie(b.name, b.type);
  });
  return fields;
}

std::vector<std::byte> encode_split_fields(const std::vector<SplitField>& fields) {
  ByteBuffer message;
  ByteBuffer scratch;
  for (const auto& field : fields) put_entry(field, message, scratch);
  std::vector<std::byte> entry(1 + ZSTD_compressBound(message.size()));
  entry[0] = std::byte{kVersion};
  const auto length = ZSTD_compress(entry.data() + 1, entry.size() - 1, message.span().data(),
                                    message.size(), kZstdLevel);
  if (ZSTD_isError(length) != 0) {
    throw std::runtime_error(std::string("zstd cannot compress split_fields: ") +
                             ZSTD_getErrorName(length));
  }
  entry.resize(1 + length);
  return entry;
}

std::vector<SplitField> decode_split_fields(const SourceRange& entry) {
  if (entry.size() == 0) return {};
  if (entry.size() > kMaxEntryBytes) {
    throw entry.error(0, "split_fields of " + std::to_string(entry.size()) + " bytes; at most " +
                             std::to_string(kMaxEntryBytes) + " are read");
  }
  const Bytes bytes = entry.read(0, entry.size());
  const auto version = static_cast<std::uint8_t>(bytes.data()[0]);
  if (version != kVersion) {
    throw UnsupportedFeature(shown_name(entry.name()) + ": version " + std::to_string(version) +
                             "; only version 2 can be read");
  }
  const auto message = decompress(entry, bytes.span().subspan(1));
  const ReaderPlace place{entry.name(), 0};
  ByteReader reader(message, place);
  std::vector<SplitField> fields;
  while (!reader.at_end()) {
    const auto key = reader.leb128();
    if (key != kEntryTag) {
      skip_value(reader, key & kWireMask);
      continue;
    }
    if (fields.size() == kMaxFields) {
      reader.fail("split_fields lists more than " + std::to_string(kMaxFields) + " fields");
    }
    const auto length = reader.leb128();
    fields.push_back(parse_entry(ByteReader(reader.bytes(length), place)));
  }
  return fields;
}

}  // namespace splitscope::formats
