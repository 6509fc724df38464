#include "harness/run/memory_cap.h"

#include <sys/resource.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/errors.h"
#include "base/size_text.h"
#include "harness/run/cgroup.h"

namespace splitscope::run {

namespace {

constexpr std::array<std::string_view, 3> kNames{"none", "cgroup", "rlimit_data"};

void set_data_limit(std::optional<std::uint64_t> bytes) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_DATA, &limit) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot read RLIMIT_DATA");
  }
  limit.rlim_cur = bytes && *bytes < limit.rlim_max ? *bytes : limit.rlim_max;
  if (::setrlimit(RLIMIT_DATA, &limit) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot set RLIMIT_DATA");
  }
}

}  // namespace

std::string_view to_string(CapKind kind) { return kNames.at(static_cast<std::size_t>(kind)); }

CapKind parse_cap_kind(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames.at(i) == text) return static_cast<CapKind>(i);
  }
  throw UsageError("'" + std::string(text) + "' is no kind of memory cap");
}

std::string_view cap_text(CapKind kind) {
  switch (kind) {
    case CapKind::kCgroup:
      return "a cgroup: all of its processes and their page cache together";
    case CapKind::kDataLimit:
      return "RLIMIT_DATA: private writable memory, reserved or touched, of each process by itself";
    case CapKind::kNone:
      break;
  }
  return "nothing";
}

bool can_limit_cgroup(std::string* why) {
  const auto cgroup = Cgroup::create(why);
  if (!cgroup) return false;
  if (cgroup->limit(kAnyLimitBytes)) return true;
  if (why != nullptr) *why = "the kernel takes no limit for " + cgroup->folder().string();
  return false;
}

OwnMemoryCap::OwnMemoryCap(CapKind kind, std::filesystem::path cgroup_folder, std::uint64_t bytes)
    : kind_(kind), cgroup_folder_(std::move(cgroup_folder)) {
  if (kind_ == CapKind::kDataLimit) set_data_limit(bytes);
  if (kind_ != CapKind::kCgroup) return;
  const int error = limit_cgroup(cgroup_folder_, bytes);
  if (error == EBUSY) {
    throw UsageError("what the process holds before its window is more than the memory cap of " +
                     format_size(bytes));
  }
  if (error != 0) {
    throw std::system_error(error, std::generic_category(),
                            "cannot limit the memory of its cgroup");
  }
}

OwnMemoryCap::~OwnMemoryCap() {
  if (kind_ == CapKind::kCgroup) (void)limit_cgroup(cgroup_folder_, std::nullopt);
  if (kind_ == CapKind::kDataLimit) {
    try {
      set_data_limit(std::nullopt);
    } catch (const std::system_error&) {
      // A soft limit can always go up to the hard one; what follows would fail by itself.
    }
  }
}

}  // namespace splitscope::run
