// Readings of the resident set, by kind, just before memory of a process with a slot goes away.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "harness/record/heap_counters.h"
#include "harness/record/heap_release.h"
#include "harness/record/heap_slot.h"
#include "harness/record/heap_slot_file.h"

namespace splitscope::record::shim {
namespace {

constinit std::atomic_flag reading = ATOMIC_FLAG_INIT;
constinit ReleaseWatch anon_watch;
constinit ReleaseWatch file_watch;
constinit ReleaseWatch shared_watch;
// Marks up to which the three have counted.
constinit std::uint32_t marks_seen = 0;

void start_watches(std::uint32_t marks) {
  anon_watch = ReleaseWatch();
  file_watch = ReleaseWatch();
  shared_watch = ReleaseWatch();
  marks_seen = marks;
}

// "RssAnon:      1234 kB"; 0 where the kernel does not say.
std::uint64_t bytes_of(const char* status, const char* key) {
  const char* at = std::strstr(status, key);
  if (at == nullptr) return 0;
  at += std::strlen(key);
  while (*at == ' ' || *at == '\t') ++at;
  std::uint64_t kibibytes = 0;
  while (*at >= '0' && *at <= '9')
    kibibytes = kibibytes * 10 + static_cast<std::uint64_t>(*at++ - '0');
  return kibibytes * 1024;
}

// For whoever sums over all processes: what this one held a moment ago and no longer has. The total
// comes last, so that kinds are of it or of a later reading.
void publish(HeapSlotMemory& mine, std::uint64_t rss, std::uint64_t file, std::uint64_t shmem) {
  if (rss <= mine.fresh_rss.load(std::memory_order_relaxed)) return;
  mine.fresh_file.store(file, std::memory_order_relaxed);
  mine.fresh_shmem.store(shmem, std::memory_order_relaxed);
  mine.fresh_rss.store(rss, std::memory_order_release);
  slots_header().readings_taken.fetch_add(1, std::memory_order_release);
}

// Opened each time: daemons close what they do not know, and a child would read its parent.
void read_resident(HeapSlotMemory& mine) {
  const int saved_errno = errno;
  const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    char status[4096];
    const ssize_t size = read(fd, status, sizeof status - 1);
    close(fd);
    if (size > 0) {
      status[size] = '\0';
      const std::uint64_t anon = bytes_of(status, "\nRssAnon:");
      const std::uint64_t file = bytes_of(status, "\nRssFile:");
      const std::uint64_t shmem = bytes_of(status, "\nRssShmem:");
      raise(mine.rss_anon_peak, anon);
      raise(mine.rss_file_peak, file);
      raise(mine.rss_shmem_peak, shmem);
      raise(mine.rss_peak, anon + file + shmem);
      add_alone(mine.readings, std::uint64_t{1});
      publish(mine, anon + file + shmem, file, shmem);
    }
  }
  errno = saved_errno;
}

std::int64_t anon_of(const HeapSlotMemory& mine) {
  return mine.live.load(std::memory_order_relaxed) +
         mine.mapped_anon.live.load(std::memory_order_relaxed);
}

void consider(HeapSlotMemory& mine, MappingKind kind, std::size_t bytes, bool descent) {
  if (reading.test_and_set(std::memory_order_acquire)) return;
  const std::uint32_t marks = mine.marks.load(std::memory_order_relaxed);
  if (marks != marks_seen) start_watches(marks);
  const std::int64_t anon = anon_of(mine);
  const auto file = mine.mapped_file.live.load(std::memory_order_relaxed);
  const auto shared = mine.mapped_shared.live.load(std::memory_order_relaxed);
  const bool wanted = kind == MappingKind::anon   ? anon_watch.wants(anon, bytes)
                      : kind == MappingKind::file ? file_watch.wants(file, bytes)
                                                  : shared_watch.wants(shared, bytes);
  if (wanted || descent) {
    read_resident(mine);
    anon_watch.reported(anon);
    file_watch.reported(file);
    shared_watch.reported(shared);
    const auto peak = mine.peak.load(std::memory_order_relaxed);
    raise(mine.sampled, peak + peak / 64);
  }
  reading.clear(std::memory_order_release);
}

}  // namespace

void open_slot_readings() {
  reading.clear(std::memory_order_relaxed);
  start_watches(0);
}

void slot_announce(HeapSlotMemory& mine, std::size_t size) {
  const auto peak = mine.peak.load(std::memory_order_relaxed);
  const bool descent = peak > mine.sampled.load(std::memory_order_relaxed) &&
                       mine.live.load(std::memory_order_relaxed) - static_cast<std::int64_t>(size) <
                           peak - peak / 64;
  if (descent || size >= kLargeReleaseBytes) consider(mine, MappingKind::anon, size, descent);
}

void slot_before_unmapping(HeapSlotMemory& mine, MappingKind kind, std::size_t bytes) {
  consider(mine, kind, bytes, false);
}

}  // namespace splitscope::record::shim
