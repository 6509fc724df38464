#include "workloads/catalog.h"

#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/errors.h"
#include "workloads/convert/convert.h"
#include "workloads/extract/extract.h"
#include "workloads/idle/idle.h"
#include "workloads/merge/merge.h"
#include "workloads/search/search.h"

namespace splitscope::workloads {
namespace {

constexpr const char* kUploadLibrary = "libsplitscope_upload.so";

// $SPLITSCOPE_UPLOAD_LIBRARY, which the harness sets to a short name because the length of a path
// must not show in heap figures; else beside the program.
std::string upload_library() {
  const char* set = std::getenv("SPLITSCOPE_UPLOAD_LIBRARY");
  if (set != nullptr && *set != '\0') return set;
  const auto prefix = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  for (const char* folder : {"lib", "lib/splitscope"}) {
    const auto place = prefix / folder / kUploadLibrary;
    if (std::filesystem::exists(place)) return place.string();
  }
  return kUploadLibrary;
}

std::unique_ptr<Workload> load_upload(const WorkloadSpec& spec) {
  using Make = Workload* (*)(const WorkloadSpec&);
  // Stays loaded for the life of the process: its objects outlive this call.
  const std::string place = upload_library();
  void* const library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* const make = library == nullptr ? nullptr : dlsym(library, "splitscope_make_upload");
  if (make == nullptr) {
    // Of the libraries that ours needs the loader may have failed on any, also for want of memory.
    const char* const reason = dlerror();
    throw UsageError("cannot load the library for uploads, " + place + ": " +
                     (reason != nullptr ? reason : "the loader gives no reason"));
  }
  return std::unique_ptr<Workload>(reinterpret_cast<Make>(make)(spec));
}

constexpr auto kWorkloads = std::to_array<WorkloadInfo>({
    {"convert", "index folder -> split", WorkloadInput::kIndex, false, make_convert},
    {"merge", "splits -> one split, a true segment merge", WorkloadInput::kSplits, false,
     make_merge},
    {"extract", "split -> index folder", WorkloadInput::kSplit, false, make_extract},
    {"search", "splits -> answers to queries and the best documents", WorkloadInput::kSplits, false,
     make_search},
    {"upload", "split -> S3, in one piece or in parts", WorkloadInput::kSplit, true, load_upload},
    {"idle", "nothing: the noise floor", WorkloadInput::kNone, false, make_idle},
});

}  // namespace

std::span<const WorkloadInfo> all_workloads() { return kWorkloads; }

}  // namespace splitscope::workloads
