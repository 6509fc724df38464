// Numbers and dates: kUniform, kLatency, kTimestamp.
#include <algorithm>
#include <array>
#include <utility>

#include "formats/segment/columnar/monotone_map.h"
#include "workloads/corpus/field_kinds.h"
#include "workloads/corpus/rows.h"

namespace splitscope::workloads {
namespace {

constexpr std::int64_t kNanosecondsPerMicrosecond = 1000;

std::int64_t nanoseconds_of(formats::DatePrecision precision) {
  switch (precision) {
    case formats::DatePrecision::kSeconds:
      return 1'000'000'000;
    case formats::DatePrecision::kMilliseconds:
      return 1'000'000;
    case formats::DatePrecision::kMicroseconds:
      return 1'000;
    case formats::DatePrecision::kNanoseconds:
      return 1;
  }
  return 1;
}

class NumberField final : public FieldBuilder {
 public:
  NumberField(const formats::FieldEntry& entry, const FieldProfile& profile)
      : entry_(entry),
        profile_(profile),
        clock_(static_cast<std::int64_t>(profile.low) * formats::kNanosecondsPerSecond) {}

  void add_document(Random& random, formats::Field field,
                    formats::DocumentBuffer& stored) override {
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
    out.postings.begin_field(formats::IndexRecordOption::kBasic, terms_.size());
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

  void write_column(formats::ColumnarWriter& out) override {
    out.begin_column(entry_.name, column_type());
    rows_.write(out);
    out.begin_values(formats::plan_values(values_));
    out.put(values_);
    out.end();
  }

 private:
  std::uint64_t draw(Random& random) {
    switch (profile_.kind) {
      case FieldProfile::Kind::kTimestamp:
        clock_ += static_cast<std::int64_t>(random.between(1, profile_.high)) *
                  kNanosecondsPerMicrosecond;
        return formats::map_date(clock_);
      case FieldProfile::Kind::kLatency: {
        // Microseconds with a long tail: every halving of the bound is as likely as the next.
        const std::uint64_t bound = (profile_.high * 1000) >> random.below(12);
        return formats::map_f64(static_cast<double>(random.below(bound + 1)) / 1000.0);
      }
      default:
        break;
    }
    const std::uint64_t number = random.below(profile_.cardinality);
    switch (entry_.type) {
      case formats::FieldType::kI64:
        return formats::map_i64(static_cast<std::int64_t>(number) -
                                static_cast<std::int64_t>(profile_.cardinality / 2));
      case formats::FieldType::kF64:
        return formats::map_f64(static_cast<double>(number) / 1000.0);
      default:
        return number;
    }
  }

  [[nodiscard]] std::uint64_t term_of(std::uint64_t mapped) const {
    return entry_.type == formats::FieldType::kDate
               ? formats::map_date(formats::truncate_date(formats::unmap_date(mapped)))
               : mapped;
  }
  [[nodiscard]] std::uint64_t column_value_of(std::uint64_t mapped) const {
    if (entry_.type != formats::FieldType::kDate) return mapped;
    return formats::map_date(
        formats::truncate_date(formats::unmap_date(mapped), nanoseconds_of(entry_.precision)));
  }
  [[nodiscard]] formats::ColumnType column_type() const {
    switch (entry_.type) {
      case formats::FieldType::kI64:
        return formats::ColumnType::kI64;
      case formats::FieldType::kF64:
        return formats::ColumnType::kF64;
      case formats::FieldType::kDate:
        return formats::ColumnType::kDate;
      default:
        return formats::ColumnType::kU64;
    }
  }
  void store(formats::Field field, std::uint64_t mapped, formats::DocumentBuffer& stored) const {
    switch (entry_.type) {
      case formats::FieldType::kI64:
        stored.add_i64(field, formats::unmap_i64(mapped));
        break;
      case formats::FieldType::kF64:
        stored.add_f64(field, formats::unmap_f64(mapped));
        break;
      case formats::FieldType::kDate:
        stored.add_date(field, formats::unmap_date(mapped));
        break;
      default:
        stored.add_u64(field, mapped);
        break;
    }
  }

  const formats::FieldEntry& entry_;
  const FieldProfile& profile_;
  std::int64_t clock_;
  Rows rows_;
  std::vector<std::uint64_t> values_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> terms_;
};

}  // namespace

std::unique_ptr<FieldBuilder> make_number_field(const formats::FieldEntry& entry,
                                                const FieldProfile& profile) {
  return std::make_unique<NumberField>(entry, profile);
}

}  // namespace splitscope::workloads
