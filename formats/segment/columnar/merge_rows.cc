#include "formats/segment/columnar/merge_rows.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace splitscope::formats {
namespace {

constexpr std::size_t kChunk = RowStream::kMaxChunk;

// Gathers numbers one by one and hands them on in chunks. Call flush() at the end.
template <typename T, typename Put>
class Chunked {
 public:
  explicit Chunked(Put put) : put_(std::move(put)) {}
  void add(T value) {
    chunk_[used_++] = value;
    if (used_ == chunk_.size()) flush();
  }
  void flush() {
    put_(std::span<const T>(chunk_.data(), used_));
    used_ = 0;
  }

 private:
  Put put_;
  std::array<T, kChunk> chunk_;
  std::size_t used_ = 0;
};

bool indexed_by_row(const Column& column) {
  return column.cardinality() == Cardinality::kMultivalued && column.version() == 1;
}

// Goes through the starts of a multivalued column; visit(entry number, start, end) for each entry.
// They go from 0 to the number of values; only where entries are all rows may they be empty.
template <typename Visit>
void visit_starts(const Column& column, Visit visit) {
  const auto fail = [&column](const std::string& problem) {
    throw FormatError(column.name(), 0, "the starts of a multivalued column " + problem);
  };
  ValueStream starts = column.starts();
  std::uint64_t begin = 0;
  std::uint64_t seen = 0;
  for (auto chunk = starts.next(); !chunk.empty(); chunk = starts.next()) {
    for (const std::uint64_t end : chunk) {
      if (seen == 0) {
        if (end != 0) fail("begin with " + std::to_string(end) + " instead of 0");
      } else {
        if (end < begin || (end == begin && !indexed_by_row(column))) {
          fail("do not increase after " + std::to_string(begin));
        }
        visit(static_cast<std::uint32_t>(seen - 1), begin, end);
      }
      begin = end;
      ++seen;
    }
  }
  if (seen == 0 || begin != column.stats().count) {
    fail("end with " + std::to_string(begin) + " instead of the number of values, " +
         std::to_string(column.stats().count));
  }
}

template <typename AddRow>
void visit_rows(const Column& column, AddRow add) {
  if (column.cardinality() == Cardinality::kFull) {
    for (std::uint32_t row = 0; row < column.num_rows(); ++row) add(row);
    return;
  }
  if (indexed_by_row(column)) {
    visit_starts(column, [&](std::uint32_t row, std::uint64_t begin, std::uint64_t end) {
      if (begin < end) add(row);
    });
    return;
  }
  RowStream rows = column.rows();
  const std::uint64_t expected = column.cardinality() == Cardinality::kOptional
                                     ? std::uint64_t{column.stats().count}
                                     : std::uint64_t{column.num_starts()};
  const std::uint64_t found =
      std::uint64_t{rows.count()} + (column.cardinality() == Cardinality::kOptional ? 0 : 1);
  if (found != expected) {
    throw FormatError(column.name(), 0,
                      "an index of " + std::to_string(rows.count()) +
                          " rows with values does not fit its " + std::to_string(expected) +
                          " values or starts");
  }
  for (auto chunk = rows.next(); !chunk.empty(); chunk = rows.next()) {
    for (const std::uint32_t row : chunk) add(row);
  }
}

// Goes through the starts of the stacked rows, put(chunk) for each chunk of them.
template <typename Put>
void visit_merged_starts(std::span<const ColumnInput> inputs, Put put) {
  Chunked<std::uint64_t, Put> starts(std::move(put));
  starts.add(0);
  std::uint64_t base = 0;
  for (const ColumnInput& input : inputs) {
    if (!*input.column) continue;
    const Column& column = **input.column;
    const std::uint64_t count = column.stats().count;
    if (column.cardinality() == Cardinality::kMultivalued) {
      visit_starts(column, [&](std::uint32_t, std::uint64_t begin, std::uint64_t end) {
        if (begin < end) starts.add(base + end);
      });
    } else {
      for (std::uint64_t i = 1; i <= count; ++i) starts.add(base + i);
    }
    base += count;
  }
  starts.flush();
}

void merge_starts(std::span<const ColumnInput> inputs, ColumnarWriter& out) {
  ValuePlanner planner(ValuePlanner::Use::kStarts);
  visit_merged_starts(inputs, [&](std::span<const std::uint64_t> chunk) { planner.add(chunk); });
  out.begin_starts(planner.plan());
  visit_merged_starts(inputs, [&](std::span<const std::uint64_t> chunk) { out.put_starts(chunk); });
}

}  // namespace

Cardinality merged_cardinality(std::span<const ColumnInput> inputs) {
  Cardinality merged = Cardinality::kFull;
  for (const ColumnInput& input : inputs) {
    const auto& column = *input.column;
    if (column) {
      merged = std::max(merged, column->cardinality());
    } else if (input.num_rows > 0) {
      merged = std::max(merged, Cardinality::kOptional);
    }
  }
  return merged;
}

void merge_rows(std::span<const ColumnInput> inputs, Cardinality cardinality, ColumnarWriter& out) {
  if (cardinality == Cardinality::kFull) return;
  out.begin_rows(cardinality);
  const auto put_rows = [&out](std::span<const std::uint32_t> chunk) { out.put_rows(chunk); };
  Chunked<std::uint32_t, decltype(put_rows)> rows(put_rows);
  std::uint32_t first_row = 0;
  for (const ColumnInput& input : inputs) {
    if (*input.column) {
      visit_rows(**input.column, [&](std::uint32_t row) { rows.add(first_row + row); });
    }
    first_row += input.num_rows;
  }
  rows.flush();
  if (cardinality == Cardinality::kMultivalued) merge_starts(inputs, out);
}

}  // namespace splitscope::formats
