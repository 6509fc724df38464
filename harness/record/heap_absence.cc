#include "harness/record/heap_absence.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>

namespace splitscope::record {
namespace {

class File {
 public:
  explicit File(const char* path) : fd_(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  template <typename Value>
  bool read_at(std::uint64_t offset, Value& into) const {
    return pread(fd_, &into, sizeof into, static_cast<off_t>(offset)) ==
           static_cast<ssize_t>(sizeof into);
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

#if defined(__x86_64__)
constexpr Elf64_Half kThisMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kThisMachine = EM_AARCH64;
#else
constexpr Elf64_Half kThisMachine = EM_NONE;
#endif

// The kernel itself takes at most a page of program headers.
constexpr std::uint64_t kMostHeaders = 4096 / sizeof(Elf64_Phdr);

void read_elf(const File& file, ExecutableFacts& facts) {
  Elf64_Ehdr header{};
  if (!file.read_at(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return;
  facts.readable = true;
  facts.this_machine = header.e_ident[EI_CLASS] == ELFCLASS64 &&
                       (kThisMachine == EM_NONE || header.e_machine == kThisMachine);
  if (!facts.this_machine || header.e_phentsize != sizeof(Elf64_Phdr)) return;
  for (std::uint64_t i = 0; i < header.e_phnum && i < kMostHeaders; ++i) {
    std::uint64_t offset = 0;
    Elf64_Phdr part{};
    if (__builtin_add_overflow(header.e_phoff, i * sizeof part, &offset)) return;
    if (!file.read_at(offset, part)) return;
    if (part.p_type == PT_INTERP) facts.interpreter = true;
  }
}

}  // namespace

ExecutableFacts executable_facts(const std::filesystem::path& path, uid_t for_uid,
                                 gid_t for_gid) noexcept {
  ExecutableFacts facts;
  const File file(path.c_str());
  struct stat status {};
  if (file.fd() < 0 || fstat(file.fd(), &status) != 0 || !S_ISREG(status.st_mode)) return facts;
  read_elf(file, facts);
  // Without the group's x the bit means locking, not identity.
  const bool group = (status.st_mode & S_ISGID) != 0 && (status.st_mode & S_IXGRP) != 0;
  facts.set_id = ((status.st_mode & S_ISUID) != 0 && status.st_uid != for_uid) ||
                 (group && status.st_gid != for_gid) ||
                 (for_uid != 0 && fgetxattr(file.fd(), "security.capability", nullptr, 0) > 0);
  return facts;
}

std::optional<std::string> heap_absent_because(const ObservedProcess& process,
                                               const HeapSlot* slot) {
  // Below this a program may well do without a heap: stacks and data of libraries.
  constexpr std::uint64_t kWorthAHeap = 8 << 20;
  if (slot != nullptr) {
    if (slot->allocations != 0 || process.rss_anon_bytes < kWorthAHeap) return std::nullopt;
    // What it maps itself is counted, and may be all there is.
    if (slot->mmap_anon_peak_bytes >= process.rss_anon_bytes - process.rss_anon_bytes / 4) {
      return "the heap shim saw no allocation: the program maps its memory itself or by an "
             "allocator of its own; what it maps is counted";
    }
    return "the program has an allocator of its own, which the heap shim cannot see";
  }
  if (process.executable.readable) {
    if (!process.executable.this_machine) {
      return "the program is for another machine than the heap shim";
    }
    if (!process.executable.interpreter) {
      return "the program is statically linked: no heap shim can be loaded into it";
    }
    if (process.executable.set_id) {
      return "the program is set-user-id, set-group-id or has capabilities: the dynamic linker "
             "loads no heap shim into it";
    }
  }
  if (!process.executed) return "the process allocated nothing since it was forked";
  if (process.slots_unclaimed != 0) {
    return "more processes than the heap shim has slots for";
  }
  if (!process.executable.readable) {
    return "the heap shim was not loaded, and the program's file cannot be read to say why";
  }
  return "the heap shim was not loaded, or could not open its file: a program without the C "
         "library, a sandbox, or an end before its first instruction";
}

}  // namespace splitscope::record
