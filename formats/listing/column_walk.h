// All values of a column, row by row, whatever its cardinality and codec. Section 3.6 of
// docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "formats/errors.h"
#include "formats/segment/columnar/columnar_reader.h"

namespace splitscope::formats {

/// The values of a column, or the ordinals of its terms, one by one. Errors: FormatError.
class ValueCursor {
 public:
  explicit ValueCursor(const Column& column) : stream_(column.values()), name_(column.name()) {}

  [[nodiscard]] std::uint64_t next() {
    if (chunk_.empty()) chunk_ = stream_.next();
    if (chunk_.empty())
      throw FormatError(name_, 0, "the column has fewer values than its rows need");
    const std::uint64_t value = chunk_.front();
    chunk_ = chunk_.subspan(1);
    return value;
  }

 private:
  ValueStream stream_;
  std::string name_;
  std::span<std::uint64_t> chunk_;
};

/// Where the values of each row of a multivalued column begin, and the end. Errors: FormatError
/// when they decrease or are not one more than `rows`.
[[nodiscard]] std::vector<std::uint64_t> read_starts(const Column& column, std::uint64_t rows);

/// Calls visit(row, index among the row's values, value) for every value, in the order of the rows.
/// Memory: 8 bytes per row with values of a multivalued column. Errors: FormatError.
template <typename Visitor>
void walk_values(const Column& column, Visitor&& visit) {
  ValueCursor values(column);
  const auto visit_row = [&](std::uint32_t row, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) visit(row, i, values.next());
  };
  const bool multivalued = column.cardinality() == Cardinality::kMultivalued;
  if (column.cardinality() == Cardinality::kFull) {
    for (std::uint32_t row = 0; row < column.num_rows(); ++row) visit_row(row, 1);
    return;
  }
  if (multivalued && column.version() == 1) {
    const auto starts = read_starts(column, column.num_rows());
    for (std::uint32_t row = 0; row < column.num_rows(); ++row) {
      visit_row(row, starts[row + 1] - starts[row]);
    }
    return;
  }
  RowStream rows = column.rows();
  std::vector<std::uint64_t> starts;
  if (multivalued) starts = read_starts(column, rows.count());
  std::size_t place = 0;
  for (auto chunk = rows.next(); !chunk.empty(); chunk = rows.next()) {
    for (const std::uint32_t row : chunk) {
      visit_row(row, multivalued ? starts[place + 1] - starts[place] : 1);
      ++place;
    }
  }
}

}  // namespace splitscope::formats
