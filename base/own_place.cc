#include "base/own_place.h"

#include <system_error>

#include "base/environment.h"

namespace splitscope {

namespace fs = std::filesystem;

fs::path own_prefix() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path();
}

std::optional<fs::path> own_file(const std::string& name) {
  const fs::path prefix = own_prefix();
  if (prefix.empty()) return std::nullopt;
  std::error_code error;
  for (const char* folder : {"lib/splitscope", "lib"}) {
    const fs::path place = prefix / folder / name;
    if (fs::exists(place, error)) return place;
  }
  return std::nullopt;
}

fs::path own_home() {
  if (const auto set = environment::value_of(environment::kHome)) return *set;
  return own_prefix() / "share" / "splitscope";
}

}  // namespace splitscope
