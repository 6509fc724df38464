// Which address ranges a program has mapped itself, and whether of a file. Pure bookkeeping.
#pragma once

#include <cstddef>
#include <cstdint>

namespace splitscope::record::shim {

enum class MappingKind : std::uint8_t { anon, file };

struct MappedBytes {
  std::uint64_t anon = 0;
  std::uint64_t file = 0;
};

struct MappedRange {
  std::uintptr_t begin;
  std::uintptr_t end;
  MappingKind kind;
};

/// Ranges sorted by address, without overlap, in memory of the caller's. Unmapping may cut any part
/// out of any number of them. When all places are taken a further range is not entered, so it is
/// missing from the totals. Not thread-safe.
class MappingTable {
 public:
  constexpr MappingTable(MappedRange* places, std::size_t capacity)
      : places_(places), capacity_(capacity) {}

  /// Enters [begin, end), which replaces what was mapped there.
  void add(std::uintptr_t begin, std::uintptr_t end, MappingKind kind);
  /// Takes [begin, end) out.
  void remove(std::uintptr_t begin, std::uintptr_t end);
  /// The range that holds `address`, or null.
  [[nodiscard]] const MappedRange* find(std::uintptr_t address) const;
  /// Bytes in all ranges.
  [[nodiscard]] const MappedBytes& total() const { return total_; }

 private:
  /// Index of the first range that ends above `address`.
  [[nodiscard]] std::size_t first_above(std::uintptr_t address) const;
  void insert_at(std::size_t index, const MappedRange& range);
  void count(const MappedRange& range, bool in);

  MappedRange* places_;
  std::size_t capacity_;
  std::size_t size_ = 0;
  MappedBytes total_;
};

}  // namespace splitscope::record::shim
