#include "formats/listing/column_lines.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <string_view>
#include <vector>

#include "formats/listing/column_walk.h"
#include "formats/listing/fnv_hash.h"
#include "formats/listing/word.h"
#include "formats/segment/columnar/columnar_reader.h"
#include "formats/segment/terms/dictionary_streams.h"

namespace splitscope::formats {
namespace {

/// All keys of a column's dictionary, one after another, found by ordinal.
class ColumnKeys {
 public:
  explicit ColumnKeys(const Column& column) : name_(column.name()) {
    OrdinalStream keys(column.dictionary());
    while (keys.advance()) {
      bytes_.insert(bytes_.end(), keys.key().begin(), keys.key().end());
      ends_.push_back(bytes_.size());
    }
  }

  [[nodiscard]] std::span<const std::byte> operator[](std::uint64_t ordinal) const {
    if (ordinal >= ends_.size()) {
      throw FormatError(
          name_, 0,
          fmt::format("ordinal {}, but the dictionary has {} terms", ordinal, ends_.size()));
    }
    const std::size_t start = ordinal == 0 ? 0 : ends_[ordinal - 1];
    return std::span(bytes_).subspan(start, ends_[ordinal] - start);
  }

 private:
  std::string name_;
  std::vector<std::byte> bytes_;
  std::vector<std::size_t> ends_;
};

/// As the program on tantivy calls it.
std::string_view kind_word(ColumnType type) {
  return type == ColumnType::kDate ? "datetime" : column_type_name(type);
}

std::string_view cardinality_word(Cardinality cardinality) {
  switch (cardinality) {
    case Cardinality::kFull:
      return "full";
    case Cardinality::kOptional:
      return "opt";
    case Cardinality::kMultivalued:
      return "mult";
  }
  return "unknown";
}

struct HashedValues {
  std::uint64_t count = 0;
  FnvHash hash;
};

HashedValues hash_numbers(const Column& column) {
  HashedValues found;
  walk_values(column, [&](std::uint32_t row, std::uint64_t /*index*/, std::uint64_t value) {
    found.hash.add_number(row);
    found.hash.add_number(value);
    ++found.count;
  });
  return found;
}

HashedValues hash_keys(const Column& column) {
  HashedValues found;
  const ColumnKeys keys(column);
  walk_values(column, [&](std::uint32_t row, std::uint64_t /*index*/, std::uint64_t ordinal) {
    const auto key = keys[ordinal];
    found.hash.add_number(row);
    found.hash.add_number(key.size());
    found.hash.add(key);
    ++found.count;
  });
  return found;
}

}  // namespace

void list_columns(const SourceRange& fast, std::ostream& out) {
  const ColumnarReader reader(fast);
  for (const ColumnEntry& entry : reader.columns()) {
    const Column column = reader.open(entry);
    const HashedValues found =
        has_dictionary(entry.type) ? hash_keys(column) : hash_numbers(column);
    fmt::print(out, "column {} {} {} {} {:016x}\n", word(entry.name), kind_word(entry.type),
               cardinality_word(column.cardinality()), found.count, found.hash.value());
  }
}

}  // namespace splitscope::formats
