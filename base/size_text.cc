#include "base/size_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/errors.h"

namespace splitscope {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};

// Largest first, so that format_size takes the shortest exact form.
constexpr std::array<Unit, 8> kUnits{{{"TiB", 1ULL << 40},
                                      {"TB", 1'000'000'000'000ULL},
                                      {"GiB", 1ULL << 30},
                                      {"GB", 1'000'000'000ULL},
                                      {"MiB", 1ULL << 20},
                                      {"MB", 1'000'000ULL},
                                      {"KiB", 1ULL << 10},
                                      {"kB", 1'000ULL}}};

std::uint64_t unit_bytes(std::string_view name, std::string_view text) {
  if (name.empty() || name == "B") return 1;
  for (const Unit& unit : kUnits) {
    if (name == unit.name) return unit.bytes;
  }
  if (name == "KB") return 1000;
  throw UsageError("size '" + std::string(text) + "': unknown unit '" + std::string(name) +
                   "'; write for example 4096, 64KiB, 50MB or 1.5GiB");
}

}  // namespace

std::uint64_t parse_size(std::string_view text) {
  const char* const end = text.data() + text.size();
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc{} || !(number >= 0)) {
    throw UsageError("size '" + std::string(text) +
                     "' is not a number with a unit; write for example 4096, 64KiB or 50MB");
  }
  std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  const double bytes = std::round(number * static_cast<double>(unit_bytes(unit, text)));
  // 2^53: above it a double no longer holds every byte count.
  if (bytes > 9007199254740992.0) {
    throw UsageError("size '" + std::string(text) + "' is too large");
  }
  return static_cast<std::uint64_t>(bytes);
}

std::string format_size(std::uint64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes >= unit.bytes && bytes % unit.bytes == 0) {
      return std::to_string(bytes / unit.bytes) + std::string(unit.name);
    }
  }
  return std::to_string(bytes);
}

std::string format_size_rounded(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kNames{"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kNames.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, kNames[unit]);
  return text.data();
}

}  // namespace splitscope
