// Which address ranges a program has mapped itself, and of what. Pure bookkeeping.
#pragma once

#include <cstddef>
#include <cstdint>

namespace splitscope::record::shim {

/// Of what pages are; `shared` are pages of shared memory: MAP_SHARED without a file, memfd, tmpfs.
enum class MappingKind : std::uint8_t { anon, file, shared };

struct MappedBytes {
  std::uint64_t anon = 0;
  std::uint64_t file = 0;
  std::uint64_t shared = 0;
};

/// Only counted ranges are in the totals.
enum class RangeState : std::uint8_t {
  counted,
  reserved,   ///< address space only (PROT_NONE), until it is opened
  inherited,  ///< a parent's
};

struct MappedRange {
  std::uintptr_t begin;
  std::uintptr_t end;
  MappingKind kind;
  RangeState state = RangeState::counted;
};

/// Ranges sorted by address, without overlap, in memory of the caller's. Unmapping may cut any part
/// out of any number of them. When all places are taken a further range is not entered, so it is
/// missing from the totals. Not thread-safe.
class MappingTable {
 public:
  constexpr MappingTable(MappedRange* places, std::size_t capacity)
      : places_(places), capacity_(capacity) {}

  /// Enters [begin, end), which replaces what was mapped there.
  void add(std::uintptr_t begin, std::uintptr_t end, MappingKind kind,
           RangeState state = RangeState::counted);
  /// What is reserved in [begin, end) counts from now on.
  void open(std::uintptr_t begin, std::uintptr_t end);
  /// All there is belongs to a parent from now on; what was only reserved may still be opened.
  void inherit();
  /// Takes [begin, end) out.
  void remove(std::uintptr_t begin, std::uintptr_t end);
  /// The range that holds `address`, or null.
  [[nodiscard]] const MappedRange* find(std::uintptr_t address) const;
  /// Bytes in all counted ranges.
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
