// What generated documents look like: read from a data file, so that a new profile is a new file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "formats/segment/schema.h"

namespace splitscope::workloads {

/// How the values of one field come about.
struct FieldProfile {
  enum class Kind {
    kTimestamp,  ///< date: `low` seconds since 1970, then steps of up to `high` microseconds
    kChoice,     ///< one of `choices`, or of `cardinality` made-up ones, by Zipf's law
    kId,         ///< text: `length` random hexadecimal digits, in practice unique
    kWords,      ///< text: `low`..`high` words of a Zipf vocabulary of `cardinality`
    kUniform,    ///< u64, i64 (centred on 0) or f64 in thousandths: below `cardinality`
    kLatency,    ///< f64 milliseconds with a long tail up to about `high`
  };

  std::string name;
  Kind kind = Kind::kUniform;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::uint64_t cardinality = 0;
  std::uint64_t length = 0;
  std::vector<std::string> choices;
  /// Documents out of 1000 that have the field at all.
  std::uint64_t present_per_mille = 1000;
  /// Values of a document that has it: at least 1, at most this.
  std::uint64_t max_values = 1;
  /// Words only: a word that every document repeats `common_low`..`common_high` times.
  std::string common_word;
  std::uint64_t common_low = 0;
  std::uint64_t common_high = 0;
};

/// One field of the schema for each FieldProfile, in the same order.
struct Profile {
  std::string name;
  std::string summary;
  std::string docstore_compression;
  std::uint64_t docstore_blocksize = 0;
  formats::Schema schema;
  std::vector<FieldProfile> fields;
};

/// Reads `path`. Errors: UsageError that names the file, the field and what is wrong with it.
[[nodiscard]] Profile read_profile(const std::filesystem::path& path);

}  // namespace splitscope::workloads
