#include "base/shown_name.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <utility>

namespace splitscope {
namespace {

struct Known {
  std::string name;
  std::string shown;
};

// More inputs than a message names; fixed, because a signal handler reads it.
constexpr std::size_t kMostNames = 64;

struct Table {
  std::array<Known, kMostNames> known;
  std::atomic<std::size_t> size{0};
};

// Null before the first name. Never destroyed: errors are made until the very end. A signal handler
// that looks may not make it.
std::atomic<Table*> g_table{nullptr};

Table& table() {
  static Table* const made = new Table;
  g_table.store(made, std::memory_order_release);
  return *made;
}

// What is shown in place of the beginning of `name`, and the rest of it.
std::pair<std::string_view, std::string_view> parts_of(std::string_view name) noexcept {
  const Table* const names = g_table.load(std::memory_order_acquire);
  if (names == nullptr) return {{}, name};
  std::size_t longest = 0;
  std::string_view shown;
  const std::size_t size = names->size.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < size; ++i) {
    const Known& known = names->known[i];
    const std::size_t length = known.name.size();
    if (length <= longest || !name.starts_with(known.name)) continue;
    if (name.size() > length && name[length] != '/' && name[length] != ':') continue;
    longest = length;
    shown = known.shown;
  }
  return {shown, name.substr(longest)};
}

}  // namespace

void show_as(std::string name, std::string shown) {
  Table& names = table();
  const std::size_t size = names.size.load(std::memory_order_relaxed);
  if (size == kMostNames || name.empty()) return;
  names.known[size] = {std::move(name), std::move(shown)};
  names.size.store(size + 1, std::memory_order_release);
}

std::string shown_name(std::string_view name) {
  const auto [shown, rest] = parts_of(name);
  std::string text(shown);
  return text.append(rest);
}

std::string shown_path(const std::filesystem::path& path) {
  return shown_name(std::string_view(path.native()));
}

std::size_t copy_shown_name(std::string_view name, std::span<char> text) noexcept {
  const auto [shown, rest] = parts_of(name);
  std::size_t length = 0;
  for (const std::string_view part : {shown, rest}) {
    const std::size_t count = std::min(part.size(), text.size() - 1 - length);
    // Of an empty view the place may be null, which memcpy must not be given.
    if (count == 0) continue;
    std::memcpy(text.data() + length, part.data(), count);
    length += count;
  }
  text[length] = '\0';
  return length;
}

}  // namespace splitscope
