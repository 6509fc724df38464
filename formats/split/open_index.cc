#include "formats/split/open_index.h"

#include <utility>

#include "base/short_name.h"

namespace splitscope::formats {

IndexFiles open_index(Strategy& strategy, const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) return IndexFiles::open_directory(strategy, path);
  auto source = strategy.open(path);
  const auto bundle = read_bundle(SourceRange(*source, short_name(path)));
  return IndexFiles::from_split(std::move(source), path, bundle_parts(bundle));
}

std::vector<IndexFiles::Part> bundle_parts(const Bundle& bundle) {
  std::vector<IndexFiles::Part> parts;
  parts.reserve(bundle.files.size());
  for (const auto& file : bundle.files) parts.push_back({file.name, file.range});
  return parts;
}

}  // namespace splitscope::formats
