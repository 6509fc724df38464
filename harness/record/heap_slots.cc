#include "harness/record/heap_slots.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "harness/record/heap_exec_environment.h"
#include "harness/record/heap_slots_layout.h"

namespace splitscope::record {
namespace {

[[noreturn]] void fail(const char* what, const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(),
                          std::string("cannot ") + what + ' ' + path.string());
}

/// Removes what create() made when it does not come to its end.
struct Unfinished {
  std::filesystem::path file;
  int fd = -1;
  bool keep = false;

  ~Unfinished() {
    if (fd < 0) return;
    close(fd);
    if (!keep) unlink(file.c_str());
  }
};

HeapSlotsHeader* map_file(int fd, const std::filesystem::path& path, bool exact_sum) {
  if (ftruncate(fd, static_cast<off_t>(kHeapSlotsFileBytes)) != 0) fail("size", path);
  // Pages that exist are booked to whoever made them: with the slots made here, a measured cgroup
  // does not pay for them. Where the file system cannot, it does.
  constexpr auto kSlotsEnd = kHeapSlotsHeaderBytes + kHeapSlots * sizeof(HeapSlotMemory);
  (void)fallocate(fd, 0, 0, static_cast<off_t>(kSlotsEnd));
  void* const mapped =
      mmap(nullptr, kHeapSlotsFileBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) fail("map", path);
  auto* const header = static_cast<HeapSlotsHeader*>(mapped);
  header->version = kHeapSlotsVersion;
  header->header_bytes = kHeapSlotsHeaderBytes;
  header->slot_bytes = sizeof(HeapSlotMemory);
  header->slots = kHeapSlots;
  header->extension_bytes = sizeof(HeapSlotExtension);
  header->extensions = kHeapExtensions;
  header->exact_sum = exact_sum ? 1 : 0;
  header->magic = kHeapSlotsMagic;
  return header;
}

std::uint32_t slots_taken(const HeapSlotsHeader& header) {
  return std::min(header.slots_given.load(std::memory_order_acquire), kHeapSlots);
}

std::uint64_t not_negative(const std::atomic<std::int64_t>& value) {
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(value.load(std::memory_order_relaxed), 0));
}

void add(const HeapCounts& counts, HeapSlot& into) {
  into.requested_bytes += counts.requested_bytes.load(std::memory_order_relaxed);
  into.frees += counts.frees.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < kHeapHistogramBuckets; ++i) {
    const auto count = counts.size_histogram[i].load(std::memory_order_relaxed);
    into.size_histogram[i] += count;
    into.allocations += count;
  }
}

HeapSlot values_of(HeapSlotsHeader* header, const HeapSlotMemory& slot) {
  HeapSlot values;
  values.pid = slot.pid.load(std::memory_order_relaxed);
  values.parent_pid = slot.parent_pid.load(std::memory_order_relaxed);
  values.started_nanoseconds = slot.started_nanoseconds.load(std::memory_order_relaxed);
  values.forked = slot.forked.load(std::memory_order_relaxed) != 0;
  for (const auto& letter : slot.name) {
    const char value = letter.load(std::memory_order_relaxed);
    if (value == '\0') break;
    values.name += value;
  }
  values.live_bytes = not_negative(slot.live);
  values.peak_bytes = not_negative(slot.peak);
  values.largest_bytes = slot.largest_bytes.load(std::memory_order_relaxed);
  values.failed_allocations = slot.failed_allocations.load(std::memory_order_relaxed);
  add(slot.counts, values);
  const std::uint32_t extension = slot.extension.load(std::memory_order_acquire);
  if (extension != 0 && extension <= kHeapExtensions) {
    for (const HeapCounts& cell : extension_at(header, extension - 1)->cells) add(cell, values);
  }
  values.mmap_anon_bytes = not_negative(slot.mapped_anon.live);
  values.mmap_anon_peak_bytes = not_negative(slot.mapped_anon.peak);
  values.mmap_file_bytes = not_negative(slot.mapped_file.live);
  values.mmap_file_peak_bytes = not_negative(slot.mapped_file.peak);
  values.mmap_shared_bytes = not_negative(slot.mapped_shared.live);
  values.mmap_shared_peak_bytes = not_negative(slot.mapped_shared.peak);
  values.release_readings = slot.readings.load(std::memory_order_relaxed);
  values.rss_peak_bytes = slot.rss_peak.load(std::memory_order_relaxed);
  values.rss_anon_peak_bytes = slot.rss_anon_peak.load(std::memory_order_relaxed);
  values.rss_file_peak_bytes = slot.rss_file_peak.load(std::memory_order_relaxed);
  values.rss_shmem_peak_bytes = slot.rss_shmem_peak.load(std::memory_order_relaxed);
  return values;
}

}  // namespace

HeapSlots HeapSlots::create(const std::filesystem::path& folder, bool exact_sum) {
  Unfinished made{std::filesystem::absolute(folder) / "slots"};
  const std::filesystem::path& path = made.file;
  constexpr mode_t kEveryUser = 0666;
  made.fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made.fd < 0) fail("make", path);
  HeapSlotsHeader* const header = map_file(made.fd, path, exact_sum);
  // Whatever the umask says: programs of other users count here too.
  if (fchmod(made.fd, kEveryUser) != 0) fail("open to other users", path);
  made.keep = true;
  return {path, header};
}

HeapSlots::HeapSlots(std::filesystem::path path, HeapSlotsHeader* header)
    : path_(std::move(path)), header_(header), before_(kHeapSlots) {
  alive_.reserve(kHeapSlots);
}

HeapSlots::HeapSlots(HeapSlots&& other) noexcept
    : path_(std::move(other.path_)),
      header_(std::exchange(other.header_, nullptr)),
      readings_seen_(other.readings_seen_),
      before_(std::move(other.before_)),
      alive_(std::move(other.alive_)),
      listed_(other.listed_),
      tree_peak_before_(other.tree_peak_before_) {}

HeapSlots& HeapSlots::operator=(HeapSlots&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(header_, other.header_);
  std::swap(readings_seen_, other.readings_seen_);
  std::swap(before_, other.before_);
  std::swap(alive_, other.alive_);
  std::swap(listed_, other.listed_);
  std::swap(tree_peak_before_, other.tree_peak_before_);
  return *this;
}

HeapSlots::~HeapSlots() {
  if (header_ == nullptr) return;
  munmap(header_, kHeapSlotsFileBytes);
  unlink(path_.c_str());
}

std::vector<HeapSlot> HeapSlots::read() const {
  std::vector<HeapSlot> processes;
  const std::uint32_t taken = slots_taken(*header_);
  processes.reserve(taken);
  for (std::uint32_t i = 0; i < taken; ++i) {
    const HeapSlotMemory& slot = *slot_at(header_, i);
    if (slot.claimed.load(std::memory_order_acquire) == 0) continue;
    HeapSlot values = values_of(header_, slot);
    const Before& before = before_[i];
    values.peak_bytes = std::max(values.peak_bytes, static_cast<std::uint64_t>(before.peak));
    values.rss_peak_bytes = std::max(values.rss_peak_bytes, before.rss_peak);
    values.rss_anon_peak_bytes = std::max(values.rss_anon_peak_bytes, before.rss_anon_peak);
    values.rss_file_peak_bytes = std::max(values.rss_file_peak_bytes, before.rss_file_peak);
    values.rss_shmem_peak_bytes = std::max(values.rss_shmem_peak_bytes, before.rss_shmem_peak);
    processes.push_back(std::move(values));
  }
  return processes;
}

std::uint64_t HeapSlots::tree_live_bytes() const noexcept {
  return not_negative(header_->tree_live);
}

std::uint64_t HeapSlots::tree_peak_bytes() const noexcept {
  return std::max(not_negative(header_->tree_peak), static_cast<std::uint64_t>(tree_peak_before_));
}

void HeapSlots::take_released(std::vector<ReleasedMemory>& into) {
  const std::uint32_t readings = header_->readings_taken.load(std::memory_order_acquire);
  if (readings == readings_seen_) return;
  readings_seen_ = readings;
  for (std::uint32_t i = 0; i < slots_taken(*header_); ++i) {
    HeapSlotMemory& slot = *slot_at(header_, i);
    const std::uint64_t rss = slot.fresh_rss.exchange(0, std::memory_order_acquire);
    if (rss == 0) continue;
    const std::uint64_t file = std::min(slot.fresh_file.load(std::memory_order_relaxed), rss);
    const std::uint64_t shmem =
        std::min(slot.fresh_shmem.load(std::memory_order_relaxed), rss - file);
    into.push_back({slot.pid.load(std::memory_order_relaxed), rss - file - shmem, file, shmem});
  }
}

void HeapSlots::process_ended(pid_t pid) noexcept {
  // Those of ended processes are not looked at again: a build has thousands.
  for (const std::uint32_t taken = slots_taken(*header_); listed_ < taken; ++listed_) {
    alive_.push_back(listed_);
  }
  std::erase_if(alive_, [&](std::uint32_t index) {
    HeapSlotMemory& slot = *slot_at(header_, index);
    if (slot.pid.load(std::memory_order_relaxed) != pid) return false;
    header_->tree_live.fetch_sub(slot.flushed.exchange(0, std::memory_order_relaxed),
                                 std::memory_order_relaxed);
    before_[index].ended = true;
    return true;
  });
}

std::uint64_t HeapSlots::unclaimed() const noexcept {
  const std::uint32_t given = header_->slots_given.load(std::memory_order_relaxed);
  return given > kHeapSlots ? given - kHeapSlots : 0;
}

std::vector<std::string> with_heap_shim(std::vector<std::string> environment,
                                        const std::filesystem::path& shim,
                                        const std::filesystem::path& slots) {
  const std::string shim_path = std::filesystem::absolute(shim).string();
  const std::string slots_path = std::filesystem::absolute(slots).string();
  std::vector<char*> entries;
  for (std::string& entry : environment) entries.push_back(entry.data());
  entries.push_back(nullptr);
  const shim::HandedOn handed_on{shim_path.c_str(), slots_path.c_str(), nullptr};
  const auto words = shim::put_back_bytes(entries.data(), handed_on) / sizeof(char*) + 1;
  const auto memory = std::make_unique<char*[]>(words);
  std::vector<std::string> result;
  for (char* const* entry = shim::put_back(entries.data(), handed_on, memory.get());
       *entry != nullptr; ++entry) {
    result.emplace_back(*entry);
  }
  return result;
}

}  // namespace splitscope::record
