#include "base/bus_error.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "base/shown_name.h"

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

std::size_t append(std::span<char> text, std::size_t at, const char* more) noexcept {
  const std::size_t count = std::min(std::strlen(more), text.size() - 1 - at);
  std::memcpy(text.data() + at, more, count);
  return at + count;
}

extern "C" void splitscope_on_bus_error(int signal, siginfo_t* info, void* /*context*/) {
  std::array<char, 4608> text{};  // PATH_MAX and the rest of the line
  if (describe_bus_error(*info, std::span(text).first(text.size() - 1))) {
    const std::size_t length = std::strlen(text.data());
    text[length] = '\n';
    if (::write(STDERR_FILENO, text.data(), length + 1) < 0) text[0] = '\0';
  }
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

bool describe_bus_error(const siginfo_t& info, std::span<char> text) noexcept {
  // Sent by another process, not by a fault: there is no address to explain.
  if (info.si_code <= 0) return false;
  const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  for (const Entry& entry : g_entries) {
    const std::uintptr_t begin = entry.begin.load(std::memory_order_acquire);
    if (begin <= kClaimed || address < begin) continue;
    if (address - begin >= entry.size.load(std::memory_order_relaxed)) continue;
    std::array<char, 24> number{};
    std::to_chars(number.data(), number.data() + number.size() - 1, address - begin);
    std::size_t at = copy_shown_name(entry.name.load(std::memory_order_relaxed), text);
    at = append(text, at, ": at byte ");
    at = append(text, at, number.data());
    at = append(text, at, ": the file became shorter while it was mapped");
    text[at] = '\0';
    return true;
  }
  return false;
}

void install_bus_error_handler() {
  struct sigaction action {};
  action.sa_sigaction = splitscope_on_bus_error;
  action.sa_flags = SA_SIGINFO | static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace splitscope
