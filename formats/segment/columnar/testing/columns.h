// Columns as plain vectors, for tests: written to memory, read back whole.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "formats/codec/component_writer.h"
#include "formats/segment/columnar/columnar_reader.h"
#include "formats/segment/columnar/columnar_writer.h"
#include "formats/segment/terms/dictionary_streams.h"
#include "strategies/interface/testing/memory_source.h"

namespace splitscope::test {

/// Values of each row; strings stand as their keys, numbers as 8 big-endian bytes.
using PlainColumn = std::vector<std::vector<std::string>>;
using PlainColumns = std::map<std::pair<std::string, formats::ColumnType>, PlainColumn>;

inline std::string number_text(std::uint64_t value) {
  std::string text(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) text[i] = static_cast<char>(value >> (56 - 8 * i));
  return text;
}

inline std::uint64_t text_number(const std::string& text) {
  std::uint64_t value = 0;
  for (const char c : text) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

/// What `write(ColumnarWriter&)` makes of a file of `num_rows` rows, without the file footer.
template <typename Write>
std::vector<std::byte> write_body(std::uint32_t num_rows, Write write) {
  std::vector<std::byte> file;
  formats::ComponentWriter out(std::make_unique<MemorySink>(file));
  formats::ColumnarWriter columns(out, num_rows);
  write(columns);
  columns.finish();
  const std::uint64_t body_bytes = out.offset();
  out.finish();
  file.resize(body_bytes);
  return file;
}

inline std::vector<std::uint64_t> read_values(formats::ValueStream& stream) {
  std::vector<std::uint64_t> values;
  for (auto chunk = stream.next(); !chunk.empty(); chunk = stream.next()) {
    values.insert(values.end(), chunk.begin(), chunk.end());
  }
  return values;
}

inline std::vector<std::uint64_t> read_values(const formats::Column& column) {
  formats::ValueStream stream = column.values();
  return read_values(stream);
}

inline std::vector<std::uint32_t> read_rows(const formats::Column& column) {
  formats::RowStream stream = column.rows();
  std::vector<std::uint32_t> rows;
  for (auto chunk = stream.next(); !chunk.empty(); chunk = stream.next()) {
    rows.insert(rows.end(), chunk.begin(), chunk.end());
  }
  return rows;
}

inline std::vector<std::string> read_keys(const formats::Column& column) {
  std::vector<std::string> keys;
  formats::OrdinalStream stream(column.dictionary());
  while (stream.advance()) {
    const auto key = stream.key();
    keys.emplace_back(reinterpret_cast<const char*>(key.data()), key.size());
  }
  return keys;
}

inline PlainColumn read_plain(const formats::Column& column) {
  std::vector<std::string> values;
  if (formats::has_dictionary(column.type())) {
    const auto keys = read_keys(column);
    for (const std::uint64_t ordinal : read_values(column)) values.push_back(keys.at(ordinal));
  } else {
    for (const std::uint64_t value : read_values(column)) values.push_back(number_text(value));
  }
  PlainColumn plain(column.num_rows());
  if (column.cardinality() == formats::Cardinality::kFull) {
    for (std::size_t row = 0; row < values.size(); ++row) plain.at(row) = {values[row]};
    return plain;
  }
  if (column.cardinality() == formats::Cardinality::kOptional) {
    const auto rows = read_rows(column);
    for (std::size_t i = 0; i < rows.size(); ++i) plain.at(rows[i]) = {values.at(i)};
    return plain;
  }
  formats::ValueStream stream = column.starts();
  const auto starts = read_values(stream);
  std::vector<std::uint32_t> rows;
  if (column.version() == 1) {
    for (std::uint32_t row = 0; row < column.num_rows(); ++row) rows.push_back(row);
  } else {
    rows = read_rows(column);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::uint64_t at = starts.at(i); at < starts.at(i + 1); ++at) {
      plain.at(rows[i]).push_back(values.at(at));
    }
  }
  return plain;
}

inline PlainColumns read_plain(const formats::ColumnarReader& reader) {
  PlainColumns columns;
  for (const formats::ColumnEntry& entry : reader.columns()) {
    columns[{entry.name, entry.type}] = read_plain(reader.open(entry));
  }
  return columns;
}

/// A column of each cardinality and one of strings.
inline PlainColumns mixed_columns(std::uint32_t num_rows) {
  PlainColumns columns;
  for (std::uint32_t row = 0; row < num_rows; ++row) {
    const std::string number = number_text(row * 3);
    columns[{"full", formats::ColumnType::kU64}].push_back({number});
    columns[{"multi", formats::ColumnType::kI64}].push_back(
        std::vector<std::string>(row % 3, number));
    columns[{"opt", formats::ColumnType::kF64}].push_back(
        std::vector<std::string>(row % 2, number));
    columns[{"str", formats::ColumnType::kStr}].push_back({"key" + std::to_string(row % 7)});
  }
  return columns;
}

/// Writes `columns` with the tightest cardinality that each allows.
inline std::vector<std::byte> write_plain(const PlainColumns& columns, std::uint32_t num_rows) {
  return write_body(num_rows, [&](formats::ColumnarWriter& out) {
    for (const auto& [key, column] : columns) {
      std::map<std::string, std::uint64_t> ordinals;
      std::vector<std::uint32_t> rows;
      std::vector<std::uint64_t> starts = {0};
      bool multivalued = false;
      for (std::uint32_t row = 0; row < num_rows; ++row) {
        for (const std::string& value : column[row]) ordinals[value] = 0;
        if (column[row].empty()) continue;
        multivalued = multivalued || column[row].size() > 1;
        rows.push_back(row);
        starts.push_back(starts.back() + column[row].size());
      }
      out.begin_column(key.first, key.second);
      if (formats::has_dictionary(key.second)) {
        std::uint64_t ordinal = 0;
        for (auto& [text, number] : ordinals) {
          out.put_key(text);
          number = ordinal++;
        }
      }
      std::vector<std::uint64_t> values;
      for (const auto& row : column) {
        for (const std::string& value : row) {
          values.push_back(formats::has_dictionary(key.second) ? ordinals.at(value)
                                                               : text_number(value));
        }
      }
      if (multivalued) {
        out.begin_rows(formats::Cardinality::kMultivalued);
        out.put_rows(rows);
        out.begin_starts(formats::plan_values(starts, formats::ValuePlanner::Use::kStarts));
        out.put_starts(starts);
      } else if (rows.size() < num_rows) {
        out.begin_rows(formats::Cardinality::kOptional);
        out.put_rows(rows);
      }
      out.begin_values(formats::plan_values(values));
      out.put(values);
      out.end();
    }
  });
}

}  // namespace splitscope::test
