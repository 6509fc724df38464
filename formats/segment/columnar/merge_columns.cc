#include "formats/segment/columnar/merge_columns.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "formats/segment/columnar/merge_dictionary.h"
#include "formats/segment/columnar/merge_rows.h"
#include "formats/segment/limits.h"

namespace splitscope::formats {
namespace {

using Inputs = std::span<const ColumnarReader* const>;
using ColumnKey = std::pair<std::string_view, ColumnType>;
using Required = std::span<const RequiredColumn>;

std::uint32_t total_rows(Inputs inputs) {
  std::uint64_t rows = 0;
  for (const ColumnarReader* input : inputs) rows += input->num_rows();
  if (rows > kMaxDocs) {
    throw UnsupportedFeature("columns of " + std::to_string(rows) +
                             " rows: a segment has at most " + std::to_string(kMaxDocs) +
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

std::vector<ColumnKey> union_of_keys(Inputs inputs, Required required) {
  std::vector<ColumnKey> keys;
  for (const RequiredColumn& column : required) keys.emplace_back(column.name, column.type);
  for (const ColumnarReader* input : inputs) {
    for (const ColumnEntry& entry : input->columns()) keys.emplace_back(entry.name, entry.type);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

bool is_required(Required required, const ColumnKey& key) {
  return std::ranges::any_of(required, [&key](const RequiredColumn& column) {
    return column.name == key.first && column.type == key.second;
  });
}

class ColumnMerge {
 public:
  ColumnMerge(Inputs inputs, const ColumnKey& key, ColumnarWriter& out)
      : key_(key), out_(out), maps_(inputs.size()) {
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

  [[nodiscard]] bool empty() const { return num_values_ == 0; }

  void run() {
    out_.begin_column(key_.first, key_.second);
    if (has_dictionary(key_.second)) maps_ = merge_dictionaries(columns_, out_);
    merge_rows(inputs_, merged_cardinality(inputs_), out_);
    ValuePlanner planner(ValuePlanner::Use::kValues);
    visit_values([&](std::span<const std::uint64_t> values) { planner.add(values); });
    out_.begin_values(planner.plan());
    visit_values([&](std::span<const std::uint64_t> values) { out_.put(values); });
    out_.end();
  }

 private:
  // One scan over the values of every input, ordinals as those of the merged dictionary.
  template <typename Visit>
  void visit_values(Visit visit) const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i]) continue;
      ValueStream values = columns_[i]->values();
      for (auto chunk = values.next(); !chunk.empty(); chunk = values.next()) {
        if (maps_[i] && !maps_[i]->map(chunk)) {
          throw FormatError(columns_[i]->name(), 0, "an ordinal is beyond the dictionary");
        }
        visit(chunk);
      }
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

void merge_columns(std::span<const ColumnarReader* const> inputs,
                   std::span<const RequiredColumn> required, ComponentWriter& out,
                   DictionaryBlocks blocks) {
  const std::vector<ColumnKey> keys = union_of_keys(inputs, required);
  check_conflicts(inputs, keys);
  ColumnarWriter writer(out, total_rows(inputs), blocks);
  for (const ColumnKey& key : keys) {
    ColumnMerge column(inputs, key, writer);
    if (!column.empty() || is_required(required, key)) column.run();
  }
  writer.finish();
}

}  // namespace splitscope::formats
