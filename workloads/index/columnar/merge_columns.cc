#include "workloads/index/columnar/merge_columns.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "workloads/index/columnar/merge_dictionary.h"
#include "workloads/index/columnar/merge_rows.h"

namespace splitscope {
namespace {

// A segment's documents end below this (tantivy's TERMINATED).
constexpr std::uint64_t kMaxRows = std::numeric_limits<std::int32_t>::max();

using Inputs = std::span<const ColumnarReader* const>;
using ColumnKey = std::pair<std::string_view, ColumnType>;

std::uint32_t total_rows(Inputs inputs) {
  std::uint64_t rows = 0;
  for (const ColumnarReader* input : inputs) rows += input->num_rows();
  if (rows > kMaxRows) {
    throw UnsupportedFeature("columns of " + std::to_string(rows) +
                             " rows: a segment has at most " + std::to_string(kMaxRows) +
                             "; merge fewer splits");
  }
  return static_cast<std::uint32_t>(rows);
}

bool is_number(ColumnType type) {
  return type == ColumnType::kI64 || type == ColumnType::kU64 || type == ColumnType::kF64;
}

// tantivy would make one column of numbers of different types; it takes the values apart to find a
// type that holds all. Two columns of one name would be found twice.
void check_conflicts(Inputs inputs, const std::vector<ColumnKey>& keys) {
  const ColumnKey* number = nullptr;
  for (const ColumnKey& key : keys) {
    if (!is_number(key.second)) continue;
    if (number == nullptr || number->first != key.first) {
      number = &key;
      continue;
    }
    std::string files;
    for (const ColumnarReader* input : inputs) {
      for (const ColumnType type : {number->second, key.second}) {
        if (input->find(key.first, type) == nullptr) continue;
        files += (files.empty() ? "" : ", ") + std::string(column_type_name(type)) + " in " +
                 input->file();
      }
    }
    throw UnsupportedFeature("column " + std::string(key.first) +
                             ": merging numbers of different types is not supported: " + files);
  }
}

std::vector<ColumnKey> union_of_keys(Inputs inputs) {
  std::vector<ColumnKey> keys;
  for (const ColumnarReader* input : inputs) {
    for (const ColumnEntry& entry : input->columns()) keys.emplace_back(entry.name, entry.type);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

// Statistics of the merged ordinals: maps are monotone, so that bounds map to bounds. Every divisor
// is legal, and with keys that all occur it is 1.
ColumnStats mapped_stats(const Column& column, const OrdinalMap& map) {
  ColumnStats stats = column.stats();
  if (stats.max >= map.size()) {
    throw FormatError(column.name(), 0,
                      "an ordinal of " + std::to_string(stats.max) + " with a dictionary of " +
                          std::to_string(map.size()) + " keys");
  }
  stats.min = map[stats.min];
  stats.max = map[stats.max];
  stats.gcd = 1;
  return stats;
}

class ColumnMerge {
 public:
  ColumnMerge(Inputs inputs, const ColumnKey& key, ColumnarWriter& out) : key_(key), out_(out) {
    columns_.resize(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const ColumnEntry* entry = inputs[i]->find(key.first, key.second);
      if (entry != nullptr) columns_[i] = inputs[i]->open(*entry);
      // As in tantivy, a column without values is one that is not there.
      if (columns_[i] && columns_[i]->stats().count == 0) columns_[i].reset();
      inputs_.push_back({&columns_[i], inputs[i]->num_rows()});
      if (columns_[i]) num_values_ += columns_[i]->stats().count;
    }
    if (num_values_ > std::numeric_limits<std::uint32_t>::max()) {
      throw UnsupportedFeature("column " + std::string(key.first) + ": " +
                               std::to_string(num_values_) +
                               " values, a column has at most 2^32; merge fewer splits");
    }
  }

  void run() {
    if (num_values_ == 0) return;
    out_.begin_column(key_.first, key_.second);
    maps_.resize(columns_.size());
    if (has_dictionary(key_.second)) maps_ = merge_dictionaries(columns_, out_);
    merge_rows(inputs_, merged_cardinality(inputs_), out_);
    out_.begin_values(stats());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i]) put_values(*columns_[i], maps_[i]);
    }
    out_.end();
  }

 private:
  [[nodiscard]] ColumnStats stats() const {
    ColumnStats all;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i]) continue;
      const Column& column = *columns_[i];
      all = combine(all, maps_[i] ? mapped_stats(column, *maps_[i]) : column.stats());
    }
    if (has_dictionary(key_.second)) all.gcd = 1;
    return all;
  }

  void put_values(const Column& column, const std::optional<OrdinalMap>& map) {
    ValueStream values = column.values();
    for (auto chunk = values.next(); !chunk.empty(); chunk = values.next()) {
      if (map && !map->map(chunk)) {
        throw FormatError(column.name(), 0, "an ordinal is beyond the dictionary");
      }
      out_.put(chunk);
    }
  }

  ColumnKey key_;
  ColumnarWriter& out_;
  std::vector<std::optional<Column>> columns_;
  std::vector<ColumnInput> inputs_;
  std::vector<std::optional<OrdinalMap>> maps_;
  std::uint64_t num_values_ = 0;
};

}  // namespace

void merge_columns(std::span<const ColumnarReader* const> inputs, ComponentWriter& out) {
  const std::vector<ColumnKey> keys = union_of_keys(inputs);
  check_conflicts(inputs, keys);
  ColumnarWriter writer(out, total_rows(inputs));
  for (const ColumnKey& key : keys) ColumnMerge(inputs, key, writer).run();
  writer.finish();
}

}  // namespace splitscope
