#include "formats/split/output_digest.h"

#include <algorithm>

namespace splitscope::formats {

std::string output_digest(Hasher& hasher) { return "sha256:" + to_hex(hasher.finish()); }

std::string sha256_of(const SourceRange& range) {
  Hasher hasher;
  if (range.size() > 0) {
    const auto scan = range.scan(0, range.size());
    for (Bytes window = scan->next(); !window.empty();) {
      hasher.update(window.span());
      window.reset();
      window = scan->next();
    }
  }
  return output_digest(hasher);
}

std::string sha256_of_files(std::vector<std::pair<std::string, std::string>> files) {
  std::sort(files.begin(), files.end());
  Hasher hasher;
  for (const auto& [name, file_digest] : files) {
    // No name holds a NUL, so the pieces cannot run into each other.
    std::string line = name;
    line += '\0';
    line += file_digest;
    line += '\n';
    hasher.update(line);
  }
  return output_digest(hasher);
}

}  // namespace splitscope::formats
