#include "base/short_name.h"

#include <algorithm>
#include <vector>

namespace splitscope {
namespace {

namespace fs = std::filesystem;

// Last parts that more than one input has. Empty in measured children, whose names must not grow.
std::vector<std::string> g_shared;

// "index" for "index/".
fs::path last_part(const fs::path& path) {
  return path.filename().empty() ? path.parent_path().filename() : path.filename();
}

}  // namespace

void tell_apart(std::span<const fs::path> inputs) {
  g_shared.clear();
  std::vector<std::string> names;
  for (const fs::path& input : inputs) names.push_back(last_part(input).string());
  std::sort(names.begin(), names.end());
  for (auto at = names.begin(); (at = std::adjacent_find(at, names.end())) != names.end(); ++at) {
    g_shared.push_back(*at);
  }
}

std::string short_name(const fs::path& path) {
  const fs::path last = last_part(path);
  const bool is_shared =
      std::find(g_shared.begin(), g_shared.end(), last.native()) != g_shared.end();
  return is_shared ? path.string() : last.string();
}

}  // namespace splitscope
