#include "harness/cli/profiles.h"

#include <algorithm>
#include <system_error>
#include <vector>

#include "base/errors.h"
#include "base/nearest_name.h"
#include "base/printable.h"

namespace splitscope::cli {

namespace fs = std::filesystem;

fs::path profile_file(const fs::path& home, const std::string& name) {
  const fs::path folder = home / "profiles";
  fs::path file = folder / (name + ".json");
  std::error_code error;
  if (fs::exists(file, error)) return file;
  std::vector<std::string> names;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".json") names.push_back(printable(at->path().stem().native()));
  }
  std::sort(names.begin(), names.end());
  throw UsageError("profile '" + shortened(name, 80) + "' is unknown" + did_you_mean(name, names) +
                   "; there are " + listed(names) + " (in " + printable(folder.native()) + ")");
}

}  // namespace splitscope::cli
