#include "harness/result/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/size_text.h"
#include "harness/result/aggregate.h"
#include "harness/result/measure_catalog.h"

namespace splitscope::result {

using run::CaseResult;

namespace {

struct Column {
  const char* title;
  const char* key;
};

std::string as_bytes(double value) {
  return format_size_rounded(static_cast<std::uint64_t>(std::llround(value)));
}

std::string as_ratio(double value) { return fmt::format("{:.2f}x", value); }

std::string as_time(double ms) {
  return ms >= 10'000 ? fmt::format("{:.2f} s", ms / 1000) : fmt::format("{:.1f} ms", ms);
}

std::string format(const MeasureInfo& info, double value) {
  switch (info.unit) {
    case Unit::kBytes:
      return as_bytes(value);
    case Unit::kMilliseconds:
      return as_time(value);
    case Unit::kRatio:
      return as_ratio(value);
    case Unit::kMegabytesPerSecond:
      return fmt::format("{:.1f} MB/s", value);
    case Unit::kByteSeconds:
      return as_bytes(value) + " s";
    case Unit::kCount:
      break;
  }
  return fmt::format("{:.0f}", value);
}

// Of a command and all that it starts.
constexpr std::array<Column, 8> kExecColumns{{{"peak RSS", "peak_rss_bytes"},
                                              {"largest process", "largest_process_rss_bytes"},
                                              {"peak anon", "peak_rss_anon_bytes"},
                                              {"peak file", "peak_rss_file_bytes"},
                                              {"peak heap", "peak_heap_bytes"},
                                              {"working set", "working_set_peak_bytes"},
                                              {"processes", "processes"},
                                              {"time", "wall_ms"}}};
constexpr std::array<Column, 8> kColumns{{{"peak RSS", "peak_rss_bytes"},
                                          {"net peak", "net_peak_rss_bytes"},
                                          {"net anon", "net_peak_rss_anon_bytes"},
                                          {"peak file", "peak_rss_file_bytes"},
                                          {"peak heap", "peak_heap_bytes"},
                                          {"x input", "amplification"},
                                          {"copied", "bytes_copied"},
                                          {"time", "wall_ms"}}};

std::string row_name(const run::CaseId& id) {
  std::string name = id.strategy;
  if (id.allocator != "system") name += " " + id.allocator;
  if (id.concurrency != 1) name += " c" + std::to_string(id.concurrency);
  if (id.cache != run::CacheState::kWarm) name += " " + std::string(run::to_string(id.cache));
  if (id.memory_cap_bytes) name += " cap " + format_size(*id.memory_cap_bytes);
  return name;
}

std::string failure_of(const CaseResult& result) {
  for (const run::Sample& sample : result.samples) {
    if (!sample.ok()) return std::string(run::to_string(sample.status)) + ": " + sample.message;
  }
  return {};
}

// Whether some sample has it from samples only.
bool is_at_least(const CaseResult& result, std::string_view key) {
  for (const run::Sample& sample : result.samples) {
    for (const record::Measure& measure : sample.measures) {
      if (measure.key == key && measure.at_least) return true;
    }
  }
  return false;
}

std::string title_of(const CaseResult& result) {
  return result.spec.id.workload + "  " + result.spec.id.input;
}

void mark_best(Table& table, std::size_t column, const MeasureInfo& info,
               const std::vector<std::optional<double>>& values) {
  if (info.better == Better::kNeither) return;
  std::optional<double> best;
  std::size_t compared = 0;
  for (const auto& value : values) {
    if (!value) continue;
    ++compared;
    if (!best || (info.better == Better::kLess ? *value < *best : *value > *best)) best = value;
  }
  if (compared < 2) return;
  // What prints alike is alike: a tie marks all of them.
  const std::string text = format(info, *best);
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    Cell& cell = table.rows[row].cells[column];
    cell.best = values[row].has_value() && cell.text == text;
  }
}

Table table_of(const std::string& title, const std::vector<const CaseResult*>& results) {
  Table table;
  table.title = title;
  for (const CaseResult* result : results) {
    table.rows.push_back({row_name(result->spec.id), {}, failure_of(*result)});
  }
  const bool command = results.front()->spec.workload == run::kExecWorkload;
  const auto& columns = command ? kExecColumns : kColumns;
  for (std::size_t column = 0; column < columns.size(); ++column) {
    const MeasureInfo& info = *find_measure(columns.at(column).key);
    table.columns.emplace_back(columns.at(column).title);
    std::vector<std::optional<double>> values;
    for (std::size_t row = 0; row < results.size(); ++row) {
      values.push_back(median(*results[row], info.key));
      std::string text = values.back() ? format(info, *values.back()) : "-";
      if (command && values.back() && is_at_least(*results[row], info.key)) text = ">= " + text;
      table.rows[row].cells.push_back({std::move(text), false});
    }
    mark_best(table, column, info, values);
  }
  return table;
}

std::vector<std::size_t> widths_of(const Table& table) {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    std::size_t width = table.columns[column].size() + 1;
    for (const TableRow& row : table.rows) {
      width = std::max(width, row.cells[column].text.size() + 1);
    }
    widths.push_back(width);
  }
  return widths;
}

}  // namespace

std::vector<Table> comparison(const std::vector<CaseResult>& results) {
  std::vector<std::pair<std::string, std::vector<const CaseResult*>>> groups;
  for (const CaseResult& result : results) {
    const std::string title = title_of(result);
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const auto& known) { return known.first == title; });
    if (group == groups.end()) group = groups.insert(groups.end(), {title, {}});
    group->second.push_back(&result);
  }
  std::vector<Table> tables;
  tables.reserve(groups.size());
  for (const auto& [title, members] : groups) tables.push_back(table_of(title, members));
  return tables;
}

std::string render_text(const std::vector<Table>& tables, bool color) {
  std::string text;
  for (const Table& table : tables) {
    std::size_t name_width = 0;
    for (const TableRow& row : table.rows) name_width = std::max(name_width, row.name.size());
    name_width = std::max(name_width, table.title.size());
    const std::vector<std::size_t> widths = widths_of(table);
    text += fmt::format("{:<{}}", table.title, name_width);
    for (std::size_t column = 0; column < widths.size(); ++column) {
      // The mark of the best stands after the figure, so headings leave its place free.
      text += fmt::format("  {:>{}}", table.columns[column] + " ", widths[column]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += "\n";
    for (const TableRow& row : table.rows) {
      std::string line = fmt::format("{:<{}}", row.name, name_width);
      for (std::size_t column = 0; column < widths.size(); ++column) {
        const Cell& cell = row.cells[column];
        const std::string figure =
            fmt::format("  {:>{}}", cell.text + (cell.best ? "*" : " "), widths[column]);
        line += cell.best && color ? "\033[32m" + figure + "\033[0m" : figure;
      }
      text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
      if (!row.failure.empty()) text += "  " + row.failure + "\n";
    }
    text += "\n";
  }
  return text;
}

}  // namespace splitscope::result
