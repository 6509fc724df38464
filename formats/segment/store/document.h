// One stored document (tantivy src/schema/document/{se,de,mod}.rs): VInt number of values, then per
// value u32le field id, u8 type code, payload. Section 3.5 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/byte_reader.h"

namespace splitscope::formats {

enum class StoredType : std::uint8_t {
  kText = 0,
  kU64 = 1,
  kI64 = 2,
  kFacet = 3,
  kBytes = 4,
  kDate = 5,
  kF64 = 6,
  kExtension = 7,
  kLegacyJson = 8,
  kBool = 9,
  kIp = 10,
  kNull = 11,
  kArray = 12,
  kObject = 13,
};

/// One value of a document. `payload` borrows from the document:
/// kText, kFacet, kBytes, kLegacyJson: the bytes without their length; kU64, kI64, kDate
/// (nanoseconds), kF64 (see monotone_map.h): 8 bytes; kBool: 1; kIp: 16; kNull: none; kArray,
/// kObject, kExtension: as encoded, lengths checked.
struct StoredValue {
  std::uint32_t field = 0;
  StoredType type = StoredType::kNull;
  std::span<const std::byte> payload;

  [[nodiscard]] std::string_view text() const {
    return {reinterpret_cast<const char*>(payload.data()), payload.size()};
  }
  /// For 8-byte payloads only.
  [[nodiscard]] std::uint64_t number() const { return ByteReader(payload).fixed<std::uint64_t>(); }
};

/// Goes through the values of one document, which it borrows. Throws FormatError where it is
/// malformed, also when bytes are left behind the last value.
class DocumentCursor {
 public:
  explicit DocumentCursor(std::span<const std::byte> document, ReaderPlace place = {});

  /// The next value becomes value(); false after the last one.
  [[nodiscard]] bool next();
  [[nodiscard]] const StoredValue& value() const { return value_; }
  /// Values of the document, as it says.
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  ByteReader in_;
  std::uint64_t size_ = 0;
  std::uint64_t left_ = 0;
  StoredValue value_;
};

/// Calls `visitor(const StoredValue&)` for each value of `document`. Errors as DocumentCursor.
template <typename Visitor>
void decode_document(std::span<const std::byte> document, Visitor&& visitor,
                     ReaderPlace place = {}) {
  DocumentCursor cursor(document, place);
  while (cursor.next()) visitor(cursor.value());
}

/// Makes a document of a version 1 store one of version 2, in place: dates, nested ones too, are
/// microseconds before and nanoseconds after. Throws FormatError where it is malformed,
/// UnsupportedFeature for a date that 64 bits of nanoseconds do not reach (before 1677 or after
/// 2262).
void upgrade_dates(std::span<std::byte> document, ReaderPlace place = {});

/// Encodes documents one after another into one re-used buffer: clear(), add_*(), bytes().
class DocumentBuffer {
 public:
  DocumentBuffer() { clear(); }

  void clear();
  void add_text(std::uint32_t field, std::string_view text);
  void add_bytes(std::uint32_t field, std::span<const std::byte> bytes);
  void add_u64(std::uint32_t field, std::uint64_t value);
  void add_i64(std::uint32_t field, std::int64_t value);
  void add_f64(std::uint32_t field, double value);
  void add_bool(std::uint32_t field, bool value);
  /// Nanoseconds since 1970, as version 2 stores have it.
  void add_date(std::uint32_t field, std::int64_t nanoseconds);

  /// The document so far; valid until the next call of a non-const method.
  [[nodiscard]] std::span<const std::byte> bytes();

 private:
  void add_head(std::uint32_t field, StoredType type);

  // The count stands first but is known last: room for the longest VInt of a u32 is kept before the
  // values and bytes() begins as far into it as the count is short.
  static constexpr std::size_t kCountRoom = 5;

  ByteBuffer buffer_;
  std::uint32_t size_ = 0;
};

}  // namespace splitscope::formats
