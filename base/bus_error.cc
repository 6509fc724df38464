#include "base/bus_error.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstring>

namespace splitscope {
namespace {

// Free when begin is 0, being filled when it is kClaimed. `begin` is written last, so that the
// handler sees whole entries only. The entry it needs cannot go away: it belongs to the mapping
// that the faulting thread is reading.
struct Entry {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::size_t> size{0};
  std::atomic<const char*> name{nullptr};
};

constexpr std::uintptr_t kClaimed = 1;
// More inputs than a merge has; the table is 24 KiB of which only what is used becomes resident.
constexpr std::size_t kEntries = 1024;
std::array<Entry, kEntries> g_entries;

static_assert(std::atomic<std::uintptr_t>::is_always_lock_free);

// Collects one line without allocating: only calls that a signal handler may make.
class Line {
 public:
  void add(const char* text) noexcept {
    const std::size_t count = std::min(std::strlen(text), text_.size() - used_);
    std::memcpy(text_.data() + used_, text, count);
    used_ += count;
  }
  void add(std::uint64_t number) noexcept {
    const auto end = std::to_chars(text_.data() + used_, text_.data() + text_.size(), number);
    if (end.ec == std::errc{}) used_ = static_cast<std::size_t>(end.ptr - text_.data());
  }
  void print() const noexcept {
    if (::write(STDERR_FILENO, text_.data(), used_) < 0) return;
  }

 private:
  std::array<char, 4608> text_{};  // PATH_MAX and the rest of the line
  std::size_t used_ = 0;
};

void report(const siginfo_t& info) noexcept {
  // Sent by another process, not by a fault: there is no address to explain.
  if (info.si_code <= 0) return;
  const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  for (const Entry& entry : g_entries) {
    const std::uintptr_t begin = entry.begin.load(std::memory_order_acquire);
    if (begin <= kClaimed || address < begin) continue;
    if (address - begin >= entry.size.load(std::memory_order_relaxed)) continue;
    Line line;
    line.add(entry.name.load(std::memory_order_relaxed));
    line.add(": at byte ");
    line.add(static_cast<std::uint64_t>(address - begin));
    line.add(": the file became shorter while it was mapped\n");
    line.print();
    return;
  }
}

extern "C" void splitscope_on_bus_error(int signal, siginfo_t* info, void* /*context*/) {
  report(*info);
  // SA_RESETHAND has put the default action back; it takes effect when this handler returns.
  std::raise(signal);
}

}  // namespace

BusErrorWatch::BusErrorWatch(const void* data, std::size_t size, const char* name) noexcept
    : slot_(kEntries) {
  for (std::size_t slot = 0; slot < kEntries; ++slot) {
    Entry& entry = g_entries[slot];
    std::uintptr_t expected = 0;
    if (!entry.begin.compare_exchange_strong(expected, kClaimed, std::memory_order_acquire)) {
      continue;
    }
    entry.size.store(size, std::memory_order_relaxed);
    entry.name.store(name, std::memory_order_relaxed);
    entry.begin.store(reinterpret_cast<std::uintptr_t>(data), std::memory_order_release);
    slot_ = slot;
    return;
  }
}

BusErrorWatch::~BusErrorWatch() {
  if (slot_ < kEntries) g_entries[slot_].begin.store(0, std::memory_order_release);
}

void install_bus_error_handler() {
  struct sigaction action {};
  action.sa_sigaction = splitscope_on_bus_error;
  action.sa_flags = SA_SIGINFO | static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace splitscope
