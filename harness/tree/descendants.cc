#include "harness/tree/descendants.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "base/folder_entries.h"
#include "harness/tree/descriptor.h"
#include "harness/tree/memory_reader.h"

namespace splitscope::tree {
namespace {

// A line of parents longer than this is a loop of reused numbers.
constexpr int kMaxDepth = 4096;

int open_retrying(const char* path, int flags) noexcept {
  for (;;) {
    const int fd = ::open(path, flags | O_CLOEXEC);
    if (fd >= 0 || errno != EINTR) return fd;
  }
}

bool proc_is_ours() noexcept {
  std::array<char, 32> text{};
  const ssize_t length = ::readlink("/proc/self", text.data(), text.size() - 1);
  pid_t pid = 0;
  if (length > 0) std::from_chars(text.data(), text.data() + length, pid);
  return pid == ::getpid();
}

// Adds the numbers in /proc/PID/task/TID/children.
void add_children(pid_t process, pid_t task, std::vector<Descendant>& found) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/%ld/task/%ld/children", static_cast<long>(process),
                static_cast<long>(task));
  const Descriptor file(open_retrying(path.data(), O_RDONLY));
  if (!file.is_open()) return;
  std::array<char, 4096> text;
  pid_t pid = 0;
  for (;;) {
    const ssize_t got = ::read(file.get(), text.data(), text.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    // A number may go on in the next piece; each is followed by a blank.
    for (ssize_t i = 0; i < got; ++i) {
      const char c = text.at(static_cast<std::size_t>(i));
      if (c >= '0' && c <= '9') {
        pid = pid * 10 + (c - '0');
      } else if (pid != 0) {
        found.push_back({pid, process});
        pid = 0;
      }
    }
  }
  if (pid != 0) found.push_back({pid, process});
}

void add_children_of_all_threads(pid_t process, std::vector<Descendant>& found) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/%ld/task", static_cast<long>(process));
  const Descriptor folder(open_retrying(path.data(), O_RDONLY | O_DIRECTORY));
  if (!folder.is_open()) return;
  (void)for_each_entry(folder.get(), [&](const char* name) {
    pid_t task = 0;
    std::from_chars(name, name + std::strlen(name), task);
    if (task > 0) add_children(process, task, found);
    return true;
  });
}

}  // namespace

void list_descendants(std::span<const pid_t> spared, std::vector<Descendant>& found) {
  found.clear();
  if (!proc_is_ours()) return;
  add_children_of_all_threads(::getpid(), found);
  std::erase_if(found, [&](const Descendant& child) {
    return std::find(spared.begin(), spared.end(), child.pid) != spared.end();
  });
  for (std::size_t i = 0; i < found.size(); ++i) add_children_of_all_threads(found[i].pid, found);
}

bool signal_descendant(pid_t pid, int signal) noexcept {
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.is_open() || !proc_is_ours()) return false;
  const pid_t self = ::getpid();
  pid_t at = pid;
  for (int depth = 0; depth < kMaxDepth && at > 1; ++depth) {
    at = read_kinship(at).parent;
    if (at != self) continue;
    return ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0) == 0;
  }
  return false;
}

}  // namespace splitscope::tree
