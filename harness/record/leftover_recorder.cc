#include "harness/record/leftover_recorder.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "harness/record/proc_file.h"

namespace splitscope::record {
namespace {

// A record of getdents64(2): inode (8), offset (8), length of the record (2), type (1), name.
constexpr std::size_t kRecordLengthAt = 16;
constexpr std::size_t kNameAt = 19;

Measure grown_by(const char* key, std::optional<std::uint64_t> from,
                 std::optional<std::uint64_t> to, const char* why) {
  if (!from || !to) return Measure::absent(key, why);
  return Measure::of(key, *to - std::min(*from, *to));
}

}  // namespace

std::optional<std::uint64_t> count_maps() noexcept {
  const int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::array<char, 4096> buffer;
  std::uint64_t lines = 0;
  std::int64_t offset = 0;
  for (;;) {
    const auto text = read_proc(fd, buffer.data(), buffer.size(), offset);
    if (text.empty()) break;
    lines += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    offset += static_cast<std::int64_t>(text.size());
  }
  close(fd);
  return lines;
}

// opendir() allocates.
std::optional<std::uint64_t> count_descriptors() noexcept {
  const int fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  alignas(8) std::array<char, 4096> buffer;
  std::uint64_t entries = 0;
  for (;;) {
    const long got = syscall(SYS_getdents64, fd, buffer.data(), buffer.size());
    if (got <= 0) break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      std::uint16_t length = 0;
      std::memcpy(&length, &buffer[at + kRecordLengthAt], sizeof length);
      if (buffer[at + kNameAt] != '.') ++entries;
      at += length;
    }
  }
  close(fd);
  // The one that looked is among them.
  return entries > 0 ? entries - 1 : 0;
}

void LeftoverRecorder::start() {
  start_maps_ = count_maps();
  start_descriptors_ = count_descriptors();
}

void LeftoverRecorder::read() noexcept {
  end_maps_ = count_maps();
  end_descriptors_ = count_descriptors();
}

Measures LeftoverRecorder::build() const {
  return {grown_by("end_maps", start_maps_, end_maps_, "/proc/self/maps cannot be read here"),
          grown_by("end_descriptors", start_descriptors_, end_descriptors_,
                   "/proc/self/fd cannot be read here")};
}

}  // namespace splitscope::record
