// Builds one index directory from drawn documents.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "strategies/interface/strategy.h"
#include "workloads/corpus/profile.h"
#include "workloads/corpus/vocabulary.h"

namespace splitscope::workloads {

/// A profile with what all its splits share. Immutable: threads may share one.
class Corpus {
 public:
  explicit Corpus(Profile profile);

  [[nodiscard]] const Profile& profile() const { return profile_; }
  /// Null for fields that draw from none.
  [[nodiscard]] const Vocabulary* vocabulary(formats::Field field) const {
    return vocabularies_[field].get();
  }

 private:
  Profile profile_;
  std::vector<std::unique_ptr<const Vocabulary>> vocabularies_;
};

/// Writes meta.json and the six component files of one segment to `directory`, which must exist.
/// The same corpus, seed and number of documents give the same bytes (as far as liblz4 and libzstd
/// compress alike). Memory: what FieldBuilder says. Errors: those of the strategy's sinks.
void build_segment(const Corpus& corpus, std::uint64_t seed, std::uint32_t documents,
                   Strategy& strategy, const std::filesystem::path& directory);

}  // namespace splitscope::workloads
