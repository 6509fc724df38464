#include "formats/segment/store/known_compression.h"

#include "formats/errors.h"
#include "formats/segment/store/compression.h"

namespace splitscope::formats {

void refuse_unknown_compression(std::string_view compression, const std::filesystem::path& index) {
  try {
    static_cast<void>(parse_compression(compression));
  } catch (const UnsupportedFeature& error) {
    throw UnsupportedFeature(shown_path(index) + ": meta.json: " + error.what() +
                             "; re-index it with tantivy 0.22 to 0.26");
  }
}

}  // namespace splitscope::formats
