// Which documents have values of a field, and how many: the column index in the making.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "formats/segment/columnar/columnar_writer.h"

namespace splitscope::workloads {

/// Counts values per document and writes them in the tightest cardinality that fits.
class Rows {
 public:
  /// The next document has `values` values.
  void add(std::uint32_t values) {
    if (values > 0) rows_.push_back(documents_);
    if (values > 1) multivalued_ = true;
    starts_.push_back(num_values_);
    num_values_ += values;
    ++documents_;
  }

  [[nodiscard]] std::uint32_t documents() const { return documents_; }
  /// First value of `doc` and the one behind its last, counted over all documents.
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> values_of(std::uint32_t doc) const {
    return {starts_[doc], doc + 1 < documents_ ? starts_[doc + 1] : num_values_};
  }

  /// Between begin_column and begin_values.
  void write(formats::ColumnarWriter& out) const {
    if (!multivalued_ && rows_.size() == documents_) return;
    out.begin_rows(multivalued_ ? formats::Cardinality::kMultivalued
                                : formats::Cardinality::kOptional);
    out.put_rows(rows_);
    if (!multivalued_) return;
    formats::ValuePlanner planner(formats::ValuePlanner::Use::kStarts);
    for_each_start([&](std::uint64_t start) { planner.add({&start, 1}); });
    out.begin_starts(planner.plan());
    for_each_start([&](std::uint64_t start) { out.put_starts({&start, 1}); });
  }

 private:
  template <typename Visit>
  void for_each_start(Visit visit) const {
    for (const std::uint32_t row : rows_) visit(starts_[row]);
    visit(num_values_);
  }

  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> starts_;
  std::uint32_t documents_ = 0;
  std::uint32_t num_values_ = 0;
  bool multivalued_ = false;
};

}  // namespace splitscope::workloads
