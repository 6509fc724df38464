// Choices and words: values are numbers of a vocabulary until they are written.
#include <algorithm>
#include <array>
#include <string>

#include "formats/segment/fieldnorm.h"
#include "workloads/corpus/field_kinds.h"
#include "workloads/corpus/rows.h"

namespace splitscope::workloads {
namespace {

class VocabularyField final : public FieldBuilder {
 public:
  VocabularyField(const formats::FieldEntry& entry, const FieldProfile& profile,
                  const Vocabulary& vocabulary)
      : entry_(entry),
        profile_(profile),
        vocabulary_(vocabulary),
        common_(vocabulary.size() - 1),
        zipf_(vocabulary.size() - (profile.common_word.empty() ? 0 : 1)) {}

  void add_document(Random& random, formats::Field field,
                    formats::DocumentBuffer& stored) override {
    const std::size_t begin = tokens_.size();
    if (random.chance(profile_.present_per_mille)) {
      if (profile_.kind == FieldProfile::Kind::kWords) {
        draw_words(random);
      } else {
        draw_choices(random);
      }
    }
    const auto count = static_cast<std::uint32_t>(tokens_.size() - begin);
    rows_.add(count);
    if (entry_.fieldnorms) norms_.push_back(formats::fieldnorm_id(count));
    if (entry_.stored && count > 0) store(field, std::span(tokens_).subspan(begin), stored);
  }

  [[nodiscard]] std::span<const std::uint8_t> fieldnorms() const override { return norms_; }

  void write_terms(TermOutput out) override;
  void write_column(formats::ColumnarWriter& out) override;

 private:
  void draw_words(Random& random) {
    const std::uint64_t words = random.between(profile_.low, profile_.high);
    std::uint64_t common = 0;
    if (!profile_.common_word.empty()) {
      common = random.between(profile_.common_low, profile_.common_high);
    }
    // The common word is spread among the others.
    for (std::uint64_t left = words + common; left > 0; --left) {
      if (common > 0 && random.below(left) < common) {
        tokens_.push_back(common_);
        --common;
      } else {
        tokens_.push_back(static_cast<std::uint32_t>(zipf_(random)));
      }
    }
  }
  void draw_choices(Random& random) {
    for (std::uint64_t left = random.between(1, profile_.max_values); left > 0; --left) {
      tokens_.push_back(static_cast<std::uint32_t>(zipf_(random)));
    }
  }

  void store(formats::Field field, std::span<const std::uint32_t> values,
             formats::DocumentBuffer& stored) {
    if (profile_.kind == FieldProfile::Kind::kWords) {
      text_.clear();
      for (const std::uint32_t value : values) {
        if (!text_.empty()) text_ += ' ';
        text_ += vocabulary_.term(value);
      }
      stored.add_text(field, text_);
      return;
    }
    for (const std::uint32_t value : values) {
      if (entry_.type == formats::FieldType::kU64) {
        stored.add_u64(field, vocabulary_.number(value));
      } else {
        stored.add_text(field, vocabulary_.term(value));
      }
    }
  }

  /// Ends of the tokens of each place of the vocabulary, were they sorted by place.
  [[nodiscard]] std::vector<std::uint32_t> ends_by_place() const {
    std::vector<std::uint32_t> ends(vocabulary_.size());
    for (const std::uint32_t value : tokens_) ++ends[vocabulary_.place_of(value)];
    std::uint32_t end = 0;
    for (std::uint32_t& count : ends) count = end += count;
    return ends;
  }

  const formats::FieldEntry& entry_;
  const FieldProfile& profile_;
  const Vocabulary& vocabulary_;
  std::uint32_t common_;
  Zipf zipf_;
  Rows rows_;
  // Values of all documents one after another; rows_ knows how many each has.
  std::vector<std::uint32_t> tokens_;
  std::vector<std::uint8_t> norms_;
  std::string text_;
};

/// Hands the postings of one term to the writers in blocks.
class TermFeed {
 public:
  TermFeed(TermOutput out, bool with_positions) : out_(out), with_positions_(with_positions) {}

  void begin() {
    out_.postings.begin_term();
    if (with_positions_) out_.positions.begin_term();
    count_ = 0;
    last_doc_ = kNoDoc;
  }
  void add(std::uint32_t doc, std::uint32_t position) {
    if (doc != last_doc_) {
      if (count_ == docs_.size()) flush();
      docs_[count_] = doc;
      freqs_[count_++] = 0;
      last_doc_ = doc;
      last_position_ = 0;
    }
    ++freqs_[count_ - 1];
    if (!with_positions_) return;
    const std::uint32_t delta = position - last_position_;
    out_.positions.add({&delta, 1});
    last_position_ = position;
  }
  void end(std::span<const std::byte> key) {
    flush();
    const auto written = out_.postings.end_term();
    out_.terms.insert(key, {written.doc_freq, written.range,
                            with_positions_ ? out_.positions.end_term() : formats::ByteRange{}});
  }

 private:
  void flush() {
    out_.postings.add(std::span(docs_).first(count_), std::span(freqs_).first(count_));
    count_ = 0;
  }

  // Above every document id.
  static constexpr std::uint32_t kNoDoc = 0xFFFFFFFF;

  TermOutput out_;
  bool with_positions_;
  std::array<std::uint32_t, formats::kBlockLength> docs_{};
  std::array<std::uint32_t, formats::kBlockLength> freqs_{};
  std::size_t count_ = 0;
  std::uint32_t last_doc_ = kNoDoc;
  std::uint32_t last_position_ = 0;
};

void VocabularyField::write_terms(TermOutput out) {
  const bool with_positions = entry_.record == formats::IndexRecordOption::kPosition;
  out.postings.begin_field(entry_.record, tokens_.size(), norms_);
  out.positions.begin_field();

  // Sorted by place, and within a place as they came: by document and position.
  const std::vector<std::uint32_t> ends = ends_by_place();
  std::vector<std::uint32_t> docs(tokens_.size());
  std::vector<std::uint32_t> positions(with_positions ? tokens_.size() : 0);
  std::vector<std::uint32_t> next(ends.size());
  for (std::size_t place = 1; place < ends.size(); ++place) next[place] = ends[place - 1];
  for (std::uint32_t doc = 0; doc < rows_.documents(); ++doc) {
    const auto [begin, end] = rows_.values_of(doc);
    for (std::uint32_t at = begin; at < end; ++at) {
      const std::uint32_t to = next[vocabulary_.place_of(tokens_[at])]++;
      docs[to] = doc;
      if (with_positions) positions[to] = at - begin;
    }
  }

  TermFeed feed(out, with_positions);
  std::uint32_t at = 0;
  for (std::uint32_t place = 0; place < ends.size(); ++place) {
    if (at == ends[place]) continue;
    feed.begin();
    for (; at < ends[place]; ++at) feed.add(docs[at], with_positions ? positions[at] : 0);
    feed.end(std::as_bytes(std::span(vocabulary_.term(vocabulary_.value_at(place)))));
  }
}

void VocabularyField::write_column(formats::ColumnarWriter& out) {
  std::vector<std::uint64_t> values;
  values.reserve(tokens_.size());
  if (entry_.type == formats::FieldType::kU64) {
    for (const std::uint32_t value : tokens_) values.push_back(vocabulary_.number(value));
    out.begin_column(entry_.name, formats::ColumnType::kU64);
  } else {
    out.begin_column(entry_.name, formats::ColumnType::kStr);
    const std::vector<std::uint32_t> ends = ends_by_place();
    std::vector<std::uint32_t> ordinal_of_place(ends.size());
    std::uint32_t terms = 0;
    for (std::uint32_t place = 0; place < ends.size(); ++place) {
      ordinal_of_place[place] = terms;
      if (ends[place] == (place == 0 ? 0 : ends[place - 1])) continue;
      out.put_key(vocabulary_.term(vocabulary_.value_at(place)));
      ++terms;
    }
    for (const std::uint32_t value : tokens_) {
      values.push_back(ordinal_of_place[vocabulary_.place_of(value)]);
    }
  }
  rows_.write(out);
  out.begin_values(formats::plan_values(values));
  out.put(values);
  out.end();
}

}  // namespace

std::unique_ptr<FieldBuilder> make_vocabulary_field(const formats::FieldEntry& entry,
                                                    const FieldProfile& profile,
                                                    const Vocabulary& vocabulary) {
  return std::make_unique<VocabularyField>(entry, profile, vocabulary);
}

}  // namespace splitscope::workloads
