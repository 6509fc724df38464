// Random hexadecimal identifiers: as many distinct terms as documents.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "workloads/corpus/field_kinds.h"
#include "workloads/corpus/rows.h"

namespace splitscope::workloads {
namespace {

constexpr std::size_t kMaxIdBytes = 16;

/// The identifier's bytes as two big-endian numbers, so that numbers compare as the digits do.
struct Id {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::uint32_t doc = 0;

  [[nodiscard]] bool same(const Id& other) const { return high == other.high && low == other.low; }
  friend bool operator<(const Id& a, const Id& b) {
    if (a.high != b.high) return a.high < b.high;
    if (a.low != b.low) return a.low < b.low;
    return a.doc < b.doc;
  }
};

class IdField final : public FieldBuilder {
 public:
  IdField(const formats::FieldEntry& entry, const FieldProfile& profile)
      : entry_(entry), profile_(profile), bytes_(profile.length / 2) {}

  void add_document(Random& random, formats::Field field,
                    formats::DocumentBuffer& stored) override {
    const std::uint32_t doc = rows_.documents();
    if (!random.chance(profile_.present_per_mille)) {
      rows_.add(0);
      return;
    }
    rows_.add(1);
    Id id{random.next(), bytes_ > 8 ? random.next() : 0, doc};
    if (bytes_ < 8) id.high &= ~std::uint64_t{0} << (64 - 8 * bytes_);
    if (bytes_ > 8 && bytes_ < 16) id.low &= ~std::uint64_t{0} << (128 - 8 * bytes_);
    ids_.push_back(id);
    if (entry_.stored) stored.add_text(field, text_of(id));
  }

  void write_terms(TermOutput out) override {
    sort();
    out.postings.begin_field(formats::IndexRecordOption::kBasic, ids_.size());
    out.positions.begin_field();
    for (std::size_t at = 0; at < ids_.size();) {
      const Id& first = ids_[at];
      out.postings.begin_term();
      for (; at < ids_.size() && ids_[at].same(first); ++at) {
        out.postings.add({&ids_[at].doc, 1}, {});
      }
      const auto written = out.postings.end_term();
      out.terms.insert(std::as_bytes(std::span(text_of(first))),
                       {written.doc_freq, written.range, {}});
    }
  }

  void write_column(formats::ColumnarWriter& out) override {
    sort();
    out.begin_string(entry_.name, formats::ColumnType::kStr);
    std::vector<std::uint32_t> ordinal_of_doc(rows_.documents());
    std::uint32_t terms = 0;
    for (std::size_t at = 0; at < ids_.size(); ++at) {
      if (at == 0 || !ids_[at].same(ids_[at - 1])) {
        out.put_key(text_of(ids_[at]));
        ++terms;
      }
      ordinal_of_doc[ids_[at].doc] = terms - 1;
    }
    std::sort(ids_.begin(), ids_.end(), [](const Id& a, const Id& b) { return a.doc < b.doc; });
    sorted_ = false;
    std::vector<std::uint64_t> ordinals;
    ordinals.reserve(ids_.size());
    for (const Id& id : ids_) ordinals.push_back(ordinal_of_doc[id.doc]);
    rows_.write(out);
    out.begin_ordinals(formats::plan_values(ordinals));
    out.put(ordinals);
    out.end();
  }

 private:
  void sort() {
    if (!sorted_) std::sort(ids_.begin(), ids_.end());
    sorted_ = true;
  }

  /// Digits of `id`; valid until the next call.
  std::string_view text_of(const Id& id) {
    constexpr char kDigits[] = "0123456789abcdef";
    for (std::size_t i = 0; i < 2 * bytes_; ++i) {
      const std::uint64_t half = i < 16 ? id.high : id.low;
      text_[i] = kDigits[(half >> (60 - 4 * (i % 16))) & 15];
    }
    return {text_.data(), 2 * bytes_};
  }

  const formats::FieldEntry& entry_;
  const FieldProfile& profile_;
  std::size_t bytes_;
  bool sorted_ = false;
  Rows rows_;
  std::vector<Id> ids_;
  std::array<char, 2 * kMaxIdBytes> text_{};
};

}  // namespace

std::unique_ptr<FieldBuilder> make_id_field(const formats::FieldEntry& entry,
                                            const FieldProfile& profile) {
  return std::make_unique<IdField>(entry, profile);
}

}  // namespace splitscope::workloads
