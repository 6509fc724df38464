// The distinct values that a field draws from: words, labels or numbers, ordered as a dictionary
// orders them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/corpus/profile.h"

namespace splitscope::workloads {

/// The word of `rank`, spelled in two-letter syllables: 100 words of one syllable, 10,000 of two,
/// 1,000,000 of three, and so on. Different ranks give different words, common ones are short.
[[nodiscard]] std::string word_of_rank(std::uint64_t rank);

/// The values of a choice or words field, numbered by how common they are. Immutable once made, so
/// that splits that are generated at the same time share one.
class Vocabulary {
 public:
  Vocabulary(const FieldProfile& profile, formats::FieldType type);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(terms_.size()); }
  /// What the dictionary holds: the text, or the order-preserving number as 8 bytes, big-endian.
  [[nodiscard]] const std::string& term(std::uint32_t value) const { return terms_[value]; }
  /// The number, for a u64 field; 0 for others.
  [[nodiscard]] std::uint64_t number(std::uint32_t value) const {
    return numbers_.empty() ? 0 : numbers_[value];
  }
  /// Place of a value among all, ordered by term bytes, and the value at a place.
  [[nodiscard]] std::uint32_t place_of(std::uint32_t value) const { return place_of_[value]; }
  [[nodiscard]] std::uint32_t value_at(std::uint32_t place) const { return value_at_[place]; }

 private:
  std::vector<std::string> terms_;
  std::vector<std::uint64_t> numbers_;
  std::vector<std::uint32_t> place_of_;
  std::vector<std::uint32_t> value_at_;
};

}  // namespace splitscope::workloads
