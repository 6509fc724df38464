#include "formats/segment/columnar/columnar_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "formats/codec/byte_reader.h"
#include "formats/segment/terms/dictionary_streams.h"

namespace splitscope::formats {
namespace {

constexpr std::array<std::byte, 4> kMagic = {std::byte{2}, std::byte{113}, std::byte{119},
                                             std::byte{66}};
// u64le dictionary length, u32le rows, u32le version, magic.
constexpr std::uint64_t kLengthOfDictionaryBytes = 8;
constexpr std::uint64_t kFooterBytes = kLengthOfDictionaryBytes + 4 + 4 + kMagic.size();
constexpr std::uint64_t kLengthBytes = sizeof(std::uint32_t);
constexpr std::uint8_t kLastType = static_cast<std::uint8_t>(ColumnType::kDate);
constexpr std::uint8_t kLastCardinality = static_cast<std::uint8_t>(Cardinality::kMultivalued);
// Behind the name in a column key: a zero byte and the type code.
constexpr std::size_t kKeyTailBytes = 2;
// Names share prefixes in the dictionary, so that a small file could claim very long ones.
constexpr std::uint64_t kMaxNameBytes = 64ULL << 20;

std::uint32_t u32_at(const SourceRange& range, std::uint64_t offset) {
  return ByteReader(range.read(offset, kLengthBytes).span()).fixed<std::uint32_t>();
}

ColumnEntry make_entry(const SourceRange& columns, std::span<const std::byte> key,
                       const ByteRange& bytes) {
  if (key.size() < kKeyTailBytes || key[key.size() - 2] != std::byte{0} ||
      static_cast<std::uint8_t>(key.back()) > kLastType) {
    throw columns.error(columns.size(), "a column key does not end in a zero byte and a type code");
  }
  ColumnEntry entry;
  entry.name.assign(reinterpret_cast<const char*>(key.data()), key.size() - kKeyTailBytes);
  entry.type = static_cast<ColumnType>(key.back());
  const SourceRange part = columns.slice(bytes.start, bytes.size());
  entry.range = SourceRange(part.source(),
                            columns.name() + " column " + entry.name + " (" +
                                std::string(column_type_name(entry.type)) + ")",
                            part.offset(), part.size());
  return entry;
}

// Takes a length of `what` off the end of `range`.
std::uint64_t take_length(SourceRange& range, const char* what) {
  if (range.size() < kLengthBytes) {
    throw range.error(0, std::string("no room for the length of the ") + what);
  }
  const std::uint64_t at = range.size() - kLengthBytes;
  const std::uint64_t length = u32_at(range, at);
  if (length > at) {
    throw range.error(at, std::string("the ") + what + " is said to take " +
                              std::to_string(length) + " bytes, there are " + std::to_string(at));
  }
  range = range.slice(0, at);
  return length;
}

}  // namespace

ColumnarReader::ColumnarReader(const SourceRange& body) : file_(body.name()) {
  if (body.size() < kFooterBytes) {
    throw body.error(0, "columns of " + std::to_string(body.size()) +
                            " bytes have no room for their footer of " +
                            std::to_string(kFooterBytes));
  }
  const std::uint64_t footer_at = body.size() - kFooterBytes;
  footer_at_ = footer_at;
  const Bytes footer = body.read(footer_at, kFooterBytes);
  ByteReader in(footer.span(), {file_, footer_at});
  const auto dictionary_length = in.fixed<std::uint64_t>();
  num_rows_ = in.fixed<std::uint32_t>();
  version_ = in.fixed<std::uint32_t>();
  if (!std::ranges::equal(in.bytes(kMagic.size()), kMagic)) {
    throw body.error(body.size() - kMagic.size(), "columns do not end in 02 71 77 42");
  }
  if (version_ != 1 && version_ != 2) {
    throw UnsupportedFeature(shown_name(file_) + ": columns of version " +
                             std::to_string(version_) + "; 1 and 2 are supported");
  }
  if (dictionary_length > footer_at) {
    throw body.error(footer_at, "a column dictionary of " + std::to_string(dictionary_length) +
                                    " bytes, there are " + std::to_string(footer_at));
  }
  const SourceRange columns = body.slice(0, footer_at - dictionary_length);
  RangeStream keys(body.slice(columns.size(), dictionary_length));
  std::uint64_t name_bytes = 0;
  while (keys.advance()) {
    name_bytes += keys.key().size();
    if (name_bytes > kMaxNameBytes) {
      throw UnsupportedFeature(shown_name(file_) + ": columns whose names take more than " +
                               std::to_string(kMaxNameBytes) + " bytes");
    }
    columns_.push_back(make_entry(columns, keys.key(), keys.value()));
  }
}

void ColumnarReader::expect_rows(std::uint32_t max_doc) const {
  if (num_rows_ == max_doc) return;
  throw FormatError(file_, footer_at_ + kLengthOfDictionaryBytes,
                    "the columns have " + std::to_string(num_rows_) + " rows, meta.json says " +
                        std::to_string(max_doc) + " documents");
}

const ColumnEntry* ColumnarReader::find(std::string_view name, ColumnType type) const {
  const auto at = std::lower_bound(columns_.begin(), columns_.end(), std::pair(name, type),
                                   [](const ColumnEntry& entry, const auto& key) {
                                     const int order = entry.name.compare(key.first);
                                     return order != 0 ? order < 0 : entry.type < key.second;
                                   });
  return at != columns_.end() && at->name == name && at->type == type ? &*at : nullptr;
}

Column ColumnarReader::open(const ColumnEntry& entry) const {
  if (entry.type == ColumnType::kIp) {
    throw UnsupportedFeature(shown_name(entry.range.name()) + ": ip columns are not supported");
  }
  Column column;
  column.name_ = entry.range.name();
  column.type_ = entry.type;
  column.version_ = version_;
  column.num_rows_ = num_rows_;
  SourceRange rest = entry.range;
  if (has_dictionary(entry.type)) {
    const std::uint64_t length = take_length(rest, "dictionary");
    column.dictionary_ = rest.slice(0, length);
    rest = rest.slice(length, rest.size() - length);
  }
  const std::uint64_t index_length = take_length(rest, "column index");
  if (index_length == 0) throw rest.error(0, "an empty column index");
  const auto code = ByteReader(rest.read(0, 1).span()).fixed<std::uint8_t>();
  if (code > kLastCardinality) {
    throw rest.error(0, "cardinality " + std::to_string(code) + " is unknown");
  }
  column.cardinality_ = static_cast<Cardinality>(code);
  SourceRange index = rest.slice(1, index_length - 1);
  column.values_ = ValueLayout(rest.slice(index_length, rest.size() - index_length));
  std::uint64_t expected = column.stats().count;
  switch (column.cardinality_) {
    case Cardinality::kFull:
      expected = num_rows_;
      break;
    case Cardinality::kOptional:
      column.rows_ = index;
      break;
    case Cardinality::kMultivalued:
      if (version_ == 1) {
        column.starts_ = ValueLayout(index);
        if (column.starts_.stats().count != std::uint64_t{num_rows_} + 1) {
          throw index.error(0, "a multivalued column of " + std::to_string(num_rows_) +
                                   " rows has " + std::to_string(column.starts_.stats().count) +
                                   " starts");
        }
        break;
      }
      const std::uint64_t rows_length = take_length(index, "index of rows with values");
      column.rows_ = index.slice(0, rows_length);
      column.starts_ = ValueLayout(index.slice(rows_length, index.size() - rows_length));
      break;
  }
  if (column.stats().count != expected) {
    throw rest.error(index_length, "a column of " + std::to_string(num_rows_) + " rows has " +
                                       std::to_string(column.stats().count) + " values");
  }
  return column;
}

}  // namespace splitscope::formats
