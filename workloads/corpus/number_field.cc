// Numbers and dates: kUniform, kLatency, kTimestamp.
#include <algorithm>
#include <array>
#include <utility>

#include "formats/segment/columnar/monotone_map.h"
#include "workloads/corpus/field_kinds.h"
#include "workloads/corpus/rows.h"

namespace splitscope {
namespace {

constexpr std::int64_t kNanosecondsPerMicrosecond = 1000;

std::int64_t nanoseconds_of(DatePrecision precision) {
  switch (precision) {
    case DatePrecision::kSeconds:
      return 1'000'000'000;
    case DatePrecision::kMilliseconds:
      return 1'000'000;
    case DatePrecision::kMicroseconds:
      return 1'000;
    case DatePrecision::kNanoseconds:
      return 1;
  }
  return 1;
}

class NumberField final : public FieldBuilder {
 public:
  NumberField(const FieldEntry& entry, const FieldProfile& profile)
      : entry_(entry),
        profile_(profile),
        clock_(static_cast<std::int64_t>(profile.low) * kNanosecondsPerSecond) {}

  void add_document(Random& random, Field field, DocumentBuffer& stored) override {
    const std::uint32_t doc = rows_.documents();
    if (!random.chance(profile_.present_per_mille)) {
      rows_.add(0);
      return;
    }
    rows_.add(1);
    const std::uint64_t mapped = draw(random);
    if (entry_.stored) store(field, mapped, stored);
    if (entry_.indexed) terms_.emplace_back(term_of(mapped), doc);
    if (entry_.fast) values_.push_back(column_value_of(mapped));
  }

  void write_terms(TermOutput out) override {
    std::sort(terms_.begin(), terms_.end());
    out.postings.begin_field(IndexRecord::kBasic, terms_.size());
    out.positions.begin_field();
    for (std::size_t at = 0; at < terms_.size();) {
      const std::uint64_t term = terms_[at].first;
      out.postings.begin_term();
      for (; at < terms_.size() && terms_[at].first == term; ++at) {
        out.postings.add({&terms_[at].second, 1}, {});
      }
      const auto written = out.postings.end_term();
      const std::uint64_t big_endian = __builtin_bswap64(term);
      out.terms.insert(std::as_bytes(std::span(&big_endian, 1)),
                       {written.doc_freq, written.range, {}});
    }
    terms_ = {};
  }

  void write_column(ColumnarWriter& out) override {
    out.begin_column(entry_.name, column_type());
    rows_.write(out);
    out.begin_values(plan_values(values_));
    out.put(values_);
    out.end();
  }

 private:
  std::uint64_t draw(Random& random) {
    switch (profile_.kind) {
      case FieldProfile::Kind::kTimestamp:
        clock_ += static_cast<std::int64_t>(random.between(1, profile_.high)) *
                  kNanosecondsPerMicrosecond;
        return map_date(clock_);
      case FieldProfile::Kind::kLatency: {
        // Microseconds with a long tail: every halving of the bound is as likely as the next.
        const std::uint64_t bound = (profile_.high * 1000) >> random.below(12);
        return map_f64(static_cast<double>(random.below(bound + 1)) / 1000.0);
      }
      default:
        break;
    }
    const std::uint64_t number = random.below(profile_.cardinality);
    switch (entry_.type) {
      case FieldType::kI64:
        return map_i64(static_cast<std::int64_t>(number) -
                       static_cast<std::int64_t>(profile_.cardinality / 2));
      case FieldType::kF64:
        return map_f64(static_cast<double>(number) / 1000.0);
      default:
        return number;
    }
  }

  [[nodiscard]] std::uint64_t term_of(std::uint64_t mapped) const {
    return entry_.type == FieldType::kDate ? map_date(truncate_date(unmap_date(mapped))) : mapped;
  }
  [[nodiscard]] std::uint64_t column_value_of(std::uint64_t mapped) const {
    if (entry_.type != FieldType::kDate) return mapped;
    return map_date(truncate_date(unmap_date(mapped), nanoseconds_of(entry_.precision)));
  }
  [[nodiscard]] ColumnType column_type() const {
    switch (entry_.type) {
      case FieldType::kI64:
        return ColumnType::kI64;
      case FieldType::kF64:
        return ColumnType::kF64;
      case FieldType::kDate:
        return ColumnType::kDate;
      default:
        return ColumnType::kU64;
    }
  }
  void store(Field field, std::uint64_t mapped, DocumentBuffer& stored) const {
    switch (entry_.type) {
      case FieldType::kI64:
        stored.add_i64(field, unmap_i64(mapped));
        break;
      case FieldType::kF64:
        stored.add_f64(field, unmap_f64(mapped));
        break;
      case FieldType::kDate:
        stored.add_date(field, unmap_date(mapped));
        break;
      default:
        stored.add_u64(field, mapped);
        break;
    }
  }

  const FieldEntry& entry_;
  const FieldProfile& profile_;
  std::int64_t clock_;
  Rows rows_;
  std::vector<std::uint64_t> values_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> terms_;
};

}  // namespace

std::unique_ptr<FieldBuilder> make_number_field(const FieldEntry& entry,
                                                const FieldProfile& profile) {
  return std::make_unique<NumberField>(entry, profile);
}

}  // namespace splitscope
