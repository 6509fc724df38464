// Finding the slot file and taking a slot in it.
#include "harness/record/heap_slot.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "harness/record/heap_counters.h"
#include "harness/record/heap_exec.h"
#include "harness/record/heap_exec_environment.h"
#include "harness/record/heap_mappings.h"
#include "harness/record/heap_next.h"
#include "harness/record/heap_slot_file.h"

// Of the dynamic linker: where the kernel put argc, arguments and environment. The C library's own
// environ is not filled in yet when the linker asks for the first memory.
extern "C" void* __libc_stack_end;

namespace splitscope::record::shim {
namespace {

// Where a process counts that found no slot: as fast as the others, for nobody.
HeapSlotMemory private_slot;

constinit HeapSlotsHeader* header = nullptr;
// The process that read the environment; a slot of any other is that of a child without execve.
constinit pid_t attached_pid = 0;

char** environment_at_start() {
  auto** const words = static_cast<char**>(__libc_stack_end);
  const auto argument_count = reinterpret_cast<std::uintptr_t>(words[0]);
  return words + 1 + argument_count + 1;
}

void complain(const char* path, const char* why) {
  const char* const parts[] = {"splitscope: heap shim: not counting: ", path, ": ", why, "\n"};
  for (const char* part : parts) {
    // Nothing can be done about a failed write; the program goes on uncounted.
    (void)!write(STDERR_FILENO, part, std::strlen(part));
  }
}

// Null, or why the file is of no use. Reads before it maps and writes: the file may be any. A file
// that is gone, or that a sandbox keeps away, is no reason for words in the program's output: its
// reader sees that nobody took a slot.
const char* map_slots(const char* path) {
  const int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return nullptr;
  const char* why = nullptr;
  alignas(HeapSlotsHeader) char bytes[sizeof(HeapSlotsHeader)];
  struct stat status {};
  if (fstat(fd, &status) != 0 || pread(fd, bytes, sizeof bytes, 0) != sizeof bytes) {
    why = "it is no slot file";
  } else {
    why = unusable_slots_because(*reinterpret_cast<const HeapSlotsHeader*>(bytes),
                                 static_cast<std::uint64_t>(status.st_size));
  }
  if (why == nullptr) {
    void* const mapped =
        next_mapper.mmap(nullptr, kHeapSlotsFileBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED) header = static_cast<HeapSlotsHeader*>(mapped);
  }
  close(fd);
  return why;
}

void name_slot(HeapSlotMemory& mine) {
  char name[16] = {};
  prctl(PR_GET_NAME, name);
  for (std::size_t i = 0; i < sizeof name; ++i) {
    mine.name[i].store(name[i], std::memory_order_relaxed);
  }
}

}  // namespace

constinit SlotPage slot_page{};

HeapSlotsHeader& slots_header() { return *header; }

HeapSlotExtension* extension_of(HeapSlotMemory& mine) {
  std::uint32_t place = mine.extension.load(std::memory_order_acquire);
  if (place == 0 && &mine != &private_slot) {
    const std::uint32_t given = header->extensions_given.fetch_add(1, std::memory_order_relaxed);
    const std::uint32_t wanted = given < kHeapExtensions ? given + 1 : kNoExtension;
    // Of two threads that come at once the second's extension stays unused.
    if (mine.extension.compare_exchange_strong(place, wanted, std::memory_order_acq_rel)) {
      place = wanted;
    }
  }
  if (place == 0 || place == kNoExtension) return nullptr;
  return extension_at(header, place - 1);
}

bool slots_attached() { return header != nullptr; }

void attach_slots() {
  const int saved_errno = errno;
  char** const environment = environment_at_start();
  const char* const path = value_in(environment, kHeapSlotsVariable);
  if (path != nullptr && *path != '\0') {
    remember_handed_on(environment);
    if (const char* why = map_slots(path)) {
      complain(path, why);
    } else if (header != nullptr) {
      attached_pid = getpid();
      // Without it (kernels before 4.14) the handler of pthread_atfork clears the page, which a
      // bare clone does not call.
      (void)next_mapper.madvise(&slot_page, sizeof slot_page, MADV_WIPEONFORK);
      counted_in.fetch_or(kInSlots, std::memory_order_relaxed);
    }
  }
  errno = saved_errno;
}

HeapSlotMemory& claim_slot() {
  const int saved_errno = errno;
  const std::uint32_t index = header->slots_given.fetch_add(1, std::memory_order_relaxed);
  HeapSlotMemory* mine = &private_slot;
  if (index < kHeapSlots) {
    mine = slot_at(header, index);
  } else {
    // In a child it holds the parent's.
    std::memset(static_cast<void*>(mine), 0, sizeof *mine);
  }
  const pid_t pid = getpid();
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  constexpr std::uint64_t kNanoseconds = 1'000'000'000;
  mine->pid.store(pid, std::memory_order_relaxed);
  mine->parent_pid.store(getppid(), std::memory_order_relaxed);
  mine->forked.store(pid != attached_pid ? 1 : 0, std::memory_order_relaxed);
  mine->started_nanoseconds.store(static_cast<std::uint64_t>(now.tv_sec) * kNanoseconds +
                                      static_cast<std::uint64_t>(now.tv_nsec),
                                  std::memory_order_relaxed);
  name_slot(*mine);
  start_slot(*mine);
  if (pid != attached_pid) inherit_mappings();
  mine->claimed.store(1, std::memory_order_release);
  slot_page.slot.store(mine, std::memory_order_relaxed);
  errno = saved_errno;
  return *mine;
}

}  // namespace splitscope::record::shim
