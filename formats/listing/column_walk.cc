#include "formats/listing/column_walk.h"

#include <fmt/format.h>

namespace splitscope::formats {

std::vector<std::uint64_t> read_starts(const Column& column, std::uint64_t rows) {
  std::vector<std::uint64_t> starts;
  ValueStream stream = column.starts();
  for (auto chunk = stream.next(); !chunk.empty(); chunk = stream.next()) {
    for (const std::uint64_t start : chunk) {
      if (!starts.empty() && start < starts.back()) {
        throw FormatError(
            column.name(), 0,
            fmt::format("the values of row {} of those with values begin at {}, those "
                        "of the one before at {}",
                        starts.size(), start, starts.back()));
      }
      starts.push_back(start);
    }
  }
  if (starts.size() != rows + 1) {
    throw FormatError(column.name(), 0,
                      fmt::format("{} rows with values need {} starts, there are {}", rows,
                                  rows + 1, starts.size()));
  }
  return starts;
}

}  // namespace splitscope::formats
