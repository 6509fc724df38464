#include "formats/segment/columnar/columnar_writer.h"

#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "formats/errors.h"
#include "formats/segment/columnar/row_writer.h"
#include "formats/segment/columnar/value_writer.h"
#include "formats/segment/terms/sstable_writer.h"

namespace splitscope::formats {
namespace {

constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kMagic = 0x42777102;

// Between which calls the writer stands.
enum class Step { kIdle, kKeys, kRows, kStarts, kValues, kFinished };

void expect(bool fits, const char* problem) {
  if (!fits) throw std::logic_error(std::string("column writer: ") + problem);
}

}  // namespace

struct ColumnarWriter::Parts {
  Parts(ComponentWriter& writer, std::uint32_t row_count, DictionaryBlocks dictionary_blocks)
      : out(writer), num_rows(row_count), blocks(dictionary_blocks), start(writer.offset()) {}

  template <typename T>
  void write_fixed(T value) {
    ByteBuffer bytes;
    bytes.fixed(value);
    out.write(bytes.span());
  }
  // Lengths inside a column are u32.
  [[nodiscard]] std::uint32_t length_since(std::uint64_t offset) const {
    const std::uint64_t length = out.offset() - offset;
    if (length > std::numeric_limits<std::uint32_t>::max()) {
      throw UnsupportedFeature(
          "column " + key.substr(0, key.size() - 2) + ": a part of " + std::to_string(length) +
          " bytes, the format cannot hold more than 4 GiB; merge fewer splits");
    }
    return static_cast<std::uint32_t>(length);
  }
  void end_keys() {
    if (!dictionary) return;
    dictionary->finish();
    dictionary_length = length_since(column_start);
    num_keys = dictionary->num_terms();
    dictionary.reset();
  }

  struct Entry {
    std::string key;
    ByteRange bytes;
  };

  ComponentWriter& out;
  std::uint32_t num_rows;
  DictionaryBlocks blocks;
  std::uint64_t start;
  std::vector<Entry> columns;
  Step step = Step::kIdle;

  // State of the column in the making.
  std::string key;
  ColumnType type = ColumnType::kU64;
  Cardinality cardinality = Cardinality::kFull;
  std::uint64_t column_start = 0;
  std::uint64_t index_start = 0;
  std::uint32_t dictionary_length = 0;
  std::uint64_t num_keys = 0;
  std::uint32_t rows_length = 0;
  std::uint32_t index_length = 0;
  std::uint64_t num_starts_values = 0;
  std::optional<OrdinalWriter> dictionary;
  std::optional<RowWriter> rows;
  std::optional<ValueWriter> values;
};

ColumnarWriter::ColumnarWriter(ComponentWriter& out, std::uint32_t num_rows,
                               DictionaryBlocks blocks)
    : parts_(std::make_unique<Parts>(out, num_rows, blocks)) {}

ColumnarWriter::~ColumnarWriter() = default;

void ColumnarWriter::begin_column(std::string_view name, ColumnType type) {
  Parts& at = *parts_;
  expect(at.step == Step::kIdle, "a column was begun before the one before was ended");
  expect(type != ColumnType::kIp, "ip columns are not supported");
  at.key.assign(name);
  at.key.push_back('\0');
  at.key.push_back(static_cast<char>(type));
  expect(at.columns.empty() || at.columns.back().key < at.key,
         "columns are not in the order of (name, type)");
  at.type = type;
  at.cardinality = Cardinality::kFull;
  at.column_start = at.out.offset();
  at.num_keys = 0;
  if (has_dictionary(type)) at.dictionary.emplace(at.out, at.blocks);
  at.step = Step::kKeys;
}

void ColumnarWriter::put_key(std::span<const std::byte> key) {
  expect(parts_->step == Step::kKeys && parts_->dictionary, "a key was put at the wrong time");
  parts_->dictionary->insert(key);
}

void ColumnarWriter::begin_rows(Cardinality cardinality) {
  Parts& at = *parts_;
  expect(at.step == Step::kKeys, "rows were begun at the wrong time");
  expect(cardinality != Cardinality::kFull, "a full column has no rows to put");
  at.end_keys();
  at.cardinality = cardinality;
  at.index_start = at.out.offset();
  at.write_fixed(cardinality);
  at.rows.emplace(at.out, at.num_rows);
  at.step = Step::kRows;
}

void ColumnarWriter::put_rows(std::span<const std::uint32_t> rows) {
  expect(parts_->step == Step::kRows, "rows were put at the wrong time");
  parts_->rows->put(rows);
}

void ColumnarWriter::begin_starts(const ValuePlan& plan) {
  Parts& at = *parts_;
  expect(at.step == Step::kRows && at.cardinality == Cardinality::kMultivalued,
         "starts were begun at the wrong time");
  expect(plan.stats.count == std::uint64_t{at.rows->count()} + 1,
         "the starts are not for the rows that were put");
  expect(plan.stats.min == 0, "the starts do not begin with 0");
  at.rows->finish();
  at.rows.reset();
  at.rows_length = at.length_since(at.index_start + 1);
  at.num_starts_values = plan.stats.max;
  at.values.emplace(at.out, plan);
  at.step = Step::kStarts;
}

void ColumnarWriter::put_starts(std::span<const std::uint64_t> starts) {
  expect(parts_->step == Step::kStarts, "starts were put at the wrong time");
  parts_->values->put(starts);
}

void ColumnarWriter::begin_values(const ValuePlan& plan) {
  Parts& at = *parts_;
  const ColumnStats& stats = plan.stats;
  if (at.step == Step::kKeys) {
    at.end_keys();
    at.index_start = at.out.offset();
    at.write_fixed(Cardinality::kFull);
    expect(stats.count == at.num_rows, "a full column needs one value per row");
  } else if (at.step == Step::kRows) {
    expect(at.cardinality == Cardinality::kOptional, "a multivalued column needs starts");
    expect(stats.count == at.rows->count(), "an optional column needs one value per row put");
    at.rows->finish();
    at.rows.reset();
  } else {
    expect(at.step == Step::kStarts, "values were begun at the wrong time");
    expect(stats.count == at.num_starts_values, "the values are not those of the starts");
    at.values->finish();
    at.values.reset();
    at.write_fixed(at.rows_length);
  }
  expect(!has_dictionary(at.type) || stats.count == 0 || stats.max < at.num_keys,
         "ordinals go beyond the keys of the dictionary");
  at.index_length = at.length_since(at.index_start);
  at.values.emplace(at.out, plan);
  at.step = Step::kValues;
}

void ColumnarWriter::put(std::span<const std::uint64_t> values) {
  expect(parts_->step == Step::kValues, "values were put at the wrong time");
  parts_->values->put(values);
}

void ColumnarWriter::end() {
  Parts& at = *parts_;
  expect(at.step == Step::kValues, "a column was ended before its values");
  at.values->finish();
  at.values.reset();
  at.write_fixed(at.index_length);
  if (has_dictionary(at.type)) at.write_fixed(at.dictionary_length);
  at.columns.push_back({at.key, {at.column_start - at.start, at.out.offset() - at.start}});
  at.step = Step::kIdle;
}

void ColumnarWriter::finish() {
  Parts& at = *parts_;
  expect(at.step == Step::kIdle, "finished before the last column was ended");
  const std::uint64_t dictionary_start = at.out.offset();
  RangeWriter keys(at.out, at.blocks);
  for (const Parts::Entry& column : at.columns) {
    keys.insert(std::as_bytes(std::span(column.key)), column.bytes);
  }
  keys.finish();
  at.write_fixed(at.out.offset() - dictionary_start);
  at.write_fixed(at.num_rows);
  at.write_fixed(kVersion);
  at.write_fixed(kMagic);
  at.step = Step::kFinished;
}

void write_numeric_column(ColumnarWriter& out, std::string_view name, ColumnType type,
                          std::span<const std::uint64_t> values) {
  out.begin_numeric(name, type, plan_values(values));
  out.put(values);
  out.end();
}

}  // namespace splitscope::formats
