#include "harness/record/timeline.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace splitscope::record {

// Layout of the shared memory. Everything in it is a lock-free atomic or plain bytes that are
// published by one, and nothing points anywhere, so each process may map it where it likes.
struct TimelineBlock {
  static constexpr std::uint32_t kMagic = 0x5053'5453;  // "STSP"

  struct PhaseRow {
    char name[kMaxPhaseName + 1];
    std::uint64_t start_us;
    std::atomic<std::uint64_t> end_us;
    std::uint64_t peak_heap_bytes;
    std::uint64_t end_heap_bytes;
    std::uint64_t pss_bytes;
  };
  struct SampleRow {
    ResidentSample sample;
    std::atomic<bool> complete;
  };

  std::uint32_t magic;
  std::uint32_t version;
  std::uint64_t size_bytes;
  std::atomic<WindowState> state;
  std::atomic<std::uint32_t> heap_counted;
  std::atomic<std::uint64_t> opened_at_us;
  std::atomic<std::uint64_t> closed_at_us;
  std::atomic<std::uint64_t> phases_begun;
  std::atomic<std::uint64_t> samples_taken;
  HeapLive heap;
  PhaseRow phases[kMaxPhases];
  SampleRow samples[kMaxChildSamples];
};
static_assert(std::atomic<WindowState>::is_always_lock_free);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);

namespace {

namespace ipc = boost::interprocess;

// What mapped_region asks of a memory object: a descriptor that somebody else owns.
class DescriptorMemory {
 public:
  explicit DescriptorMemory(int fd) : fd_(fd) {}
  [[nodiscard]] ipc::mapping_handle_t get_mapping_handle() const {
    ipc::mapping_handle_t handle{};
    handle.handle = fd_;
    return handle;
  }
  [[nodiscard]] ipc::mode_t get_mode() const { return ipc::read_write; }

 private:
  int fd_;
};

ipc::mapped_region map_block(int fd) {
  return ipc::mapped_region(DescriptorMemory(fd), ipc::read_write, 0, sizeof(TimelineBlock));
}

// Reading a byte of each page would map it read-only; a write is what the window will do.
void touch_pages(void* memory, std::size_t size) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  auto* bytes = static_cast<volatile unsigned char*>(memory);
  for (std::size_t at = 0; at < size; at += page) bytes[at] = bytes[at];
}

[[noreturn]] void refuse(int fd, const std::string& why) {
  close(fd);
  throw std::runtime_error("timeline: descriptor " + std::to_string(fd) + " " + why);
}

}  // namespace

std::uint64_t monotonic_us() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000;
}

TimelineChannel::TimelineChannel(int fd, ipc::mapped_region region) noexcept
    : fd_(fd),
      region_(std::move(region)),
      block_(static_cast<TimelineBlock*>(region_.get_address())) {}

TimelineChannel::TimelineChannel(TimelineChannel&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      region_(std::move(other.region_)),
      block_(std::exchange(other.block_, nullptr)) {}

TimelineChannel::~TimelineChannel() {
  if (fd_ >= 0) close(fd_);
}

TimelineChannel TimelineChannel::create() {
  const int fd = memfd_create("splitscope-timeline", MFD_CLOEXEC);
  if (fd < 0) {
    throw std::system_error(errno, std::generic_category(), "timeline: no shared memory");
  }
  int sized = 0;
  do {
    sized = ftruncate(fd, sizeof(TimelineBlock));
  } while (sized != 0 && errno == EINTR);
  if (sized != 0) {
    const int error = errno;
    close(fd);
    throw std::system_error(error, std::generic_category(),
                            "timeline: cannot size the shared memory");
  }
  TimelineChannel channel(fd, map_block(fd));
  // Fresh shared memory is zero, which is the start state of everything else.
  channel.block_->magic = TimelineBlock::kMagic;
  channel.block_->version = kTimelineVersion;
  channel.block_->size_bytes = sizeof(TimelineBlock);
  return channel;
}

TimelineChannel TimelineChannel::attach(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) refuse(fd, "is not open in this process");
  if (static_cast<std::uint64_t>(status.st_size) != sizeof(TimelineBlock)) {
    refuse(fd, "has " + std::to_string(status.st_size) + " bytes, expected " +
                   std::to_string(sizeof(TimelineBlock)));
  }
  TimelineChannel channel(fd, map_block(fd));
  const TimelineBlock& block = *channel.block_;
  if (block.magic != TimelineBlock::kMagic) {
    throw std::runtime_error("timeline: descriptor " + std::to_string(fd) + " holds no timeline");
  }
  if (block.version != kTimelineVersion || block.size_bytes != sizeof(TimelineBlock)) {
    throw std::runtime_error("timeline: version " + std::to_string(block.version) +
                             ", this program speaks version " + std::to_string(kTimelineVersion));
  }
  touch_pages(channel.block_, sizeof(TimelineBlock));
  return channel;
}

void TimelineChannel::open_window() noexcept {
  block_->opened_at_us.store(monotonic_us(), std::memory_order_relaxed);
  block_->state.store(WindowState::open, std::memory_order_release);
}

void TimelineChannel::close_window() noexcept {
  block_->closed_at_us.store(monotonic_us(), std::memory_order_relaxed);
  block_->state.store(WindowState::closed, std::memory_order_release);
}

void TimelineChannel::begin_phase(std::string_view name) noexcept {
  const std::uint64_t index = block_->phases_begun.load(std::memory_order_relaxed);
  if (index < kMaxPhases) {
    auto& row = block_->phases[index];
    const std::size_t length = std::min(name.size(), kMaxPhaseName);
    std::memcpy(row.name, name.data(), length);
    row.name[length] = '\0';
    row.start_us = now_us();
    row.end_us.store(kUnknown, std::memory_order_relaxed);
  }
  block_->phases_begun.store(index + 1, std::memory_order_release);
}

void TimelineChannel::end_phase(std::uint64_t peak_heap_bytes, std::uint64_t end_heap_bytes,
                                std::uint64_t pss_bytes) noexcept {
  const std::uint64_t begun = block_->phases_begun.load(std::memory_order_relaxed);
  if (begun == 0 || begun > kMaxPhases) return;
  auto& row = block_->phases[begun - 1];
  row.peak_heap_bytes = peak_heap_bytes;
  row.end_heap_bytes = end_heap_bytes;
  row.pss_bytes = pss_bytes;
  row.end_us.store(now_us(), std::memory_order_release);
}

void TimelineChannel::add_sample(const ResidentSample& sample) noexcept {
  const auto index = block_->samples_taken.fetch_add(1, std::memory_order_relaxed);
  if (index >= kMaxChildSamples) return;
  block_->samples[index].sample = sample;
  block_->samples[index].complete.store(true, std::memory_order_release);
}

HeapLive* TimelineChannel::heap() noexcept { return &block_->heap; }

void TimelineChannel::set_heap_counted() noexcept {
  block_->heap_counted.store(1, std::memory_order_release);
}

WindowState TimelineChannel::state() const noexcept {
  return block_->state.load(std::memory_order_acquire);
}

std::uint64_t TimelineChannel::opened_at_us() const noexcept {
  return block_->opened_at_us.load(std::memory_order_relaxed);
}

std::uint64_t TimelineChannel::closed_at_us() const noexcept {
  return block_->closed_at_us.load(std::memory_order_relaxed);
}

std::uint64_t TimelineChannel::now_us() const noexcept {
  const std::uint64_t opened = opened_at_us();
  return opened == 0 ? 0 : monotonic_us() - opened;
}

std::uint64_t TimelineChannel::live_heap_bytes() const noexcept {
  if (block_->heap_counted.load(std::memory_order_acquire) == 0) return kUnknown;
  return block_->heap.live_bytes();
}

std::uint64_t TimelineChannel::peak_heap_bytes() const noexcept {
  if (block_->heap_counted.load(std::memory_order_acquire) == 0) return kUnknown;
  return block_->heap.peak_bytes();
}

std::vector<Phase> TimelineChannel::phases() const {
  const auto begun = block_->phases_begun.load(std::memory_order_acquire);
  std::vector<Phase> phases;
  for (std::size_t i = 0; i < std::min<std::uint64_t>(begun, kMaxPhases); ++i) {
    const auto& row = block_->phases[i];
    Phase phase;
    phase.name.assign(row.name, strnlen(row.name, kMaxPhaseName));
    phase.start_us = row.start_us;
    phase.end_us = row.end_us.load(std::memory_order_acquire);
    if (phase.end_us != kUnknown) {
      phase.peak_heap_bytes = row.peak_heap_bytes;
      phase.end_heap_bytes = row.end_heap_bytes;
      phase.pss_bytes = row.pss_bytes;
    }
    phases.push_back(std::move(phase));
  }
  return phases;
}

std::vector<ResidentSample> TimelineChannel::samples() const {
  const auto taken = block_->samples_taken.load(std::memory_order_acquire);
  std::vector<ResidentSample> samples;
  for (std::size_t i = 0; i < std::min<std::uint64_t>(taken, kMaxChildSamples); ++i) {
    const auto& row = block_->samples[i];
    if (row.complete.load(std::memory_order_acquire)) samples.push_back(row.sample);
  }
  return samples;
}

std::uint64_t TimelineChannel::dropped_phases() const noexcept {
  const auto begun = block_->phases_begun.load(std::memory_order_acquire);
  return begun > kMaxPhases ? begun - kMaxPhases : 0;
}

std::uint64_t TimelineChannel::dropped_samples() const noexcept {
  const auto taken = block_->samples_taken.load(std::memory_order_acquire);
  return taken > kMaxChildSamples ? taken - kMaxChildSamples : 0;
}

}  // namespace splitscope::record
