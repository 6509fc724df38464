// The comparison: for each workload and input one table of strategies by measures.
#pragma once

#include <string>
#include <vector>

#include "harness/run/sample.h"

namespace splitscope::result {

struct Cell {
  std::string text;
  /// Among the best of its column.
  bool best = false;
};

struct TableRow {
  /// The strategy, with allocator, concurrency and cache where they are not the usual ones.
  std::string name;
  std::vector<Cell> cells;
  /// Status and message of the first failed sample; empty when all were ok.
  std::string failure;
};

struct Table {
  std::string title;
  std::vector<std::string> columns;
  std::vector<TableRow> rows;
};

/// Medians over the ok samples, in the order of the results.
[[nodiscard]] std::vector<Table> comparison(const std::vector<run::CaseResult>& results);

/// Aligned for a terminal; the best values carry a "*" and, with `color`, are green.
[[nodiscard]] std::string render_text(const std::vector<Table>& tables, bool color);

}  // namespace splitscope::result
