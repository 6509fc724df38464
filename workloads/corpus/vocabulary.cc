#include "workloads/corpus/vocabulary.h"

#include <algorithm>
#include <numeric>

#include "workloads/corpus/random.h"

namespace splitscope::workloads {
namespace {

std::string big_endian(std::uint64_t number) {
  std::string bytes(8, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[bytes.size() - 1 - i] = static_cast<char>(number >> (8 * i));
  }
  return bytes;
}

}  // namespace

std::string word_of_rank(std::uint64_t rank) {
  constexpr char kConsonants[] = "tnrslcdmphgbfvkwjzxq";
  constexpr char kVowels[] = "eaiou";
  constexpr std::uint64_t kSyllables = 100;
  std::uint64_t count = kSyllables;
  unsigned syllables = 1;
  while (rank >= count) {
    rank -= count;
    count *= kSyllables;
    ++syllables;
  }
  // Spreads neighbouring ranks over the alphabet; 37 shares no factor with a power of 100.
  rank = (rank * 37 + 11) % count;
  std::string word;
  for (unsigned i = 0; i < syllables; ++i) {
    word += kConsonants[rank % kSyllables / 5];
    word += kVowels[rank % 5];
    rank /= kSyllables;
  }
  return word;
}

Vocabulary::Vocabulary(const FieldProfile& profile, formats::FieldType type) {
  const bool is_words = profile.kind == FieldProfile::Kind::kWords;
  const std::uint64_t count =
      profile.choices.empty() ? profile.cardinality : profile.choices.size();
  terms_.reserve(count + 1);
  for (std::uint64_t rank = 0; rank < count; ++rank) {
    if (type == formats::FieldType::kU64) {
      // Tenants are numbered with gaps, as identifiers are.
      numbers_.push_back(1000 + rank * 7);
      terms_.push_back(big_endian(numbers_.back()));
    } else if (!profile.choices.empty()) {
      terms_.push_back(profile.choices[rank]);
    } else {
      terms_.push_back(is_words ? word_of_rank(rank) : word_of_rank(rank) + "-svc");
    }
  }
  // The common word is the last value; spelled with a letter pair that no made-up word has.
  if (!profile.common_word.empty()) terms_.push_back(profile.common_word);

  value_at_.resize(terms_.size());
  std::iota(value_at_.begin(), value_at_.end(), 0U);
  std::sort(value_at_.begin(), value_at_.end(),
            [&](std::uint32_t a, std::uint32_t b) { return terms_[a] < terms_[b]; });
  place_of_.resize(terms_.size());
  for (std::uint32_t place = 0; place < value_at_.size(); ++place) {
    place_of_[value_at_[place]] = place;
  }
}

}  // namespace splitscope::workloads
