#include "base/doing.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <exception>

namespace splitscope {
namespace {

// Room for a path of the greatest length and a few phrases below it.
std::array<char, 6144> g_text{"starting"};
std::atomic<std::size_t> g_top{0};
// The phrase that an exception left first, until there is a new one: whoever catches it speaks of
// it.
std::array<char, 6144> g_left{};
std::atomic<bool> g_has_left{false};

// Cuts what does not fit; a line break in a name must not make two lines of one.
std::size_t append(std::size_t at, std::string_view text) noexcept {
  const std::size_t room = g_text.size() - 1 - std::min(at, g_text.size() - 1);
  for (const char c : text.substr(0, room)) {
    const auto code = static_cast<unsigned char>(c);
    g_text[at++] = code < 0x20 || code == 0x7f ? '?' : c;
  }
  return at;
}

}  // namespace

Doing::Doing(std::string_view verb, std::string_view object) noexcept
    : before_(g_top.load(std::memory_order_relaxed)) {
  const std::size_t start =
      std::min(before_ + std::strlen(g_text.data() + before_) + 1, g_text.size() - 1);
  std::size_t end = append(start, verb);
  if (!object.empty()) end = append(append(end, " "), object);
  g_text[end] = '\0';
  g_has_left.store(false, std::memory_order_release);
  g_top.store(start, std::memory_order_release);
}

Doing::~Doing() {
  if (std::uncaught_exceptions() > 0 && !g_has_left.load(std::memory_order_relaxed)) {
    const char* const text = g_text.data() + g_top.load(std::memory_order_relaxed);
    std::memcpy(g_left.data(), text, std::min(std::strlen(text) + 1, g_left.size()));
    g_has_left.store(true, std::memory_order_release);
  }
  g_top.store(before_, std::memory_order_release);
}

const char* doing() noexcept {
  if (g_has_left.load(std::memory_order_acquire)) return g_left.data();
  return g_text.data() + g_top.load(std::memory_order_acquire);
}

}  // namespace splitscope
