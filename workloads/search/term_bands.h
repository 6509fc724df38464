// A few terms of a field by how many documents have them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/codec/source_range.h"
#include "workloads/corpus/random.h"

namespace splitscope::workloads {

struct TermBands {
  /// At most kPerBand of each; empty where the field has none.
  static constexpr std::size_t kPerBand = 16;

  /// In four documents or fewer.
  std::vector<std::string> rare;
  /// Chosen among those in more than that and in at most one of a hundred documents.
  std::vector<std::string> middle;
  /// Those in the most documents.
  std::vector<std::string> common;
};

/// Goes through the whole dictionary; `dictionary` is the field's part of `.term`. The same
/// dictionary and random numbers give the same terms. Errors: FormatError, UnsupportedFeature.
[[nodiscard]] TermBands sample_terms(const formats::SourceRange& dictionary, std::uint32_t max_doc,
                                     Random& random);

}  // namespace splitscope::workloads
