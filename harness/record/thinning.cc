#include "harness/record/thinning.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace splitscope::record {
namespace {

using Column = std::uint64_t (*)(const ResidentSample&);

// An unknown heap figure counts as 0: it is never a maximum.
constexpr std::array<Column, 5> kColumns = {
    [](const ResidentSample& row) { return row.rss_bytes(); },
    [](const ResidentSample& row) { return row.anon_bytes; },
    [](const ResidentSample& row) { return row.file_bytes; },
    [](const ResidentSample& row) { return row.shmem_bytes; },
    [](const ResidentSample& row) { return row.heap_bytes == kUnknown ? 0 : row.heap_bytes; },
};

/// Marks where `column` stops rising before it falls again. Of a plateau that is its first row.
void mark_local_maxima(const std::vector<ResidentSample>& rows, Column column,
                       std::vector<bool>& keep) {
  std::size_t top = 0;
  bool rose = false;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto before = column(rows[i - 1]);
    const auto here = column(rows[i]);
    if (here > before) {
      top = i;
      rose = true;
    } else if (here < before) {
      if (rose) keep[top] = true;
      rose = false;
    }
  }
}

/// Marks the highest row of `column` in [begin, end).
void mark_highest(const std::vector<ResidentSample>& rows, Column column, std::size_t begin,
                  std::size_t end, std::vector<bool>& keep) {
  std::size_t highest = begin;
  for (std::size_t i = begin; i < end; ++i) {
    if (column(rows[i]) > column(rows[highest])) highest = i;
  }
  keep[highest] = true;
}

std::size_t count(const std::vector<bool>& keep) {
  return static_cast<std::size_t>(std::count(keep.begin(), keep.end(), true));
}

/// Adds rows at even distances until `limit` are kept.
void fill_evenly(std::vector<bool>& keep, std::size_t limit) {
  const std::size_t places = limit - count(keep);
  const std::size_t free_rows = keep.size() - count(keep);
  // Keeps, from the rows not kept yet, every (free_rows / places)-th one, by carrying the remainder
  // along.
  std::size_t carried = 0;
  for (std::size_t i = 0; i < keep.size(); ++i) {
    if (keep[i]) continue;
    carried += places;
    if (carried >= free_rows) {
      carried -= free_rows;
      keep[i] = true;
    }
  }
}

}  // namespace

std::vector<ResidentSample> thin_timeline(std::vector<ResidentSample> rows, std::size_t limit) {
  std::stable_sort(rows.begin(), rows.end(), [](const ResidentSample& a, const ResidentSample& b) {
    return a.t_us < b.t_us;
  });
  // First, last and one row for each column are always kept.
  limit = std::max<std::size_t>(limit, 16);
  if (rows.size() <= limit) return rows;

  std::vector<bool> always(rows.size(), false);
  always.front() = always.back() = true;
  for (const Column column : kColumns) mark_highest(rows, column, 0, rows.size(), always);

  std::vector<bool> keep = always;
  for (const Column column : kColumns) mark_local_maxima(rows, column, keep);
  if (count(keep) > limit) {
    keep = always;
    const std::size_t stretches = (limit - count(always)) / kColumns.size();
    for (std::size_t i = 0; i < stretches; ++i) {
      const std::size_t begin = rows.size() * i / stretches;
      const std::size_t end = rows.size() * (i + 1) / stretches;
      for (const Column column : kColumns) mark_highest(rows, column, begin, end, keep);
    }
  }
  fill_evenly(keep, limit);

  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (keep[i]) rows[kept++] = rows[i];
  }
  rows.resize(kept);
  return rows;
}

}  // namespace splitscope::record
