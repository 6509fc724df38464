#include "formats/segment/store/document.h"

#include <bit>
#include <cstring>
#include <limits>
#include <string>

#include "formats/segment/columnar/monotone_map.h"

namespace splitscope::formats {
namespace {

// Arrays and objects may nest; no real document comes near this.
constexpr int kMaxDepth = 64;
// The only extension: a pre-tokenized text as JSON.
constexpr std::uint8_t kPreTokenized = 0;
constexpr std::uint64_t kNumberBytes = 8;
constexpr std::uint64_t kIpBytes = 16;
// Field id and type code: what a value takes at least.
constexpr std::uint64_t kHeadBytes = 5;

// Goes behind a value; on_date(position) for where the number of each date begins.
template <typename OnDate>
void pass_value(ByteReader& in, StoredType type, int depth, OnDate on_date) {
  if (depth > kMaxDepth) in.fail("values are nested deeper than " + std::to_string(kMaxDepth));
  switch (type) {
    case StoredType::kText:
    case StoredType::kFacet:
    case StoredType::kBytes:
    case StoredType::kLegacyJson:
      (void)in.bytes(in.vint());
      return;
    case StoredType::kDate: {
      const std::size_t position = in.position();
      (void)in.bytes(kNumberBytes);
      on_date(position);
      return;
    }
    case StoredType::kU64:
    case StoredType::kI64:
    case StoredType::kF64:
      (void)in.bytes(kNumberBytes);
      return;
    case StoredType::kExtension:
      if (in.fixed<std::uint8_t>() != kPreTokenized) in.fail("an unknown extension type");
      (void)in.bytes(in.vint());
      return;
    case StoredType::kBool:
      (void)in.bytes(1);
      return;
    case StoredType::kIp:
      (void)in.bytes(kIpBytes);
      return;
    case StoredType::kNull:
      return;
    case StoredType::kArray:
    case StoredType::kObject: {
      // An object counts keys and values both; each takes at least its type code.
      const std::uint64_t elements = in.vint();
      if (elements > in.remaining()) in.fail("an array or object is longer than its document");
      for (std::uint64_t i = 0; i < elements; ++i) {
        const auto element = static_cast<StoredType>(in.fixed<std::uint8_t>());
        pass_value(in, element, depth + 1, on_date);
      }
      return;
    }
  }
  in.fail("type code " + std::to_string(static_cast<int>(type)) + " of a stored value is unknown");
}

}  // namespace

DocumentCursor::DocumentCursor(std::span<const std::byte> document, ReaderPlace place)
    : in_(document, place), size_(in_.vint()), left_(size_) {
  if (size_ > in_.remaining() / kHeadBytes) {
    in_.fail("a document of " + std::to_string(document.size()) + " bytes claims " +
             std::to_string(size_) + " values");
  }
}

bool DocumentCursor::next() {
  if (left_ == 0) {
    if (!in_.at_end()) {
      in_.fail(std::to_string(in_.remaining()) + " bytes are left behind the last value");
    }
    return false;
  }
  --left_;
  value_.field = in_.fixed<std::uint32_t>();
  value_.type = static_cast<StoredType>(in_.fixed<std::uint8_t>());
  switch (value_.type) {
    case StoredType::kText:
    case StoredType::kFacet:
    case StoredType::kBytes:
    case StoredType::kLegacyJson:
      value_.payload = in_.bytes(in_.vint());
      return true;
    default:
      break;
  }
  ByteReader rest = in_;
  pass_value(rest, value_.type, 0, [](std::size_t) {});
  value_.payload = in_.bytes(rest.position() - in_.position());
  return true;
}

void upgrade_dates(std::span<std::byte> document, ReaderPlace place) {
  constexpr std::int64_t kNanosecondsPerMicrosecond = 1000;
  constexpr std::int64_t kLimit =
      std::numeric_limits<std::int64_t>::max() / kNanosecondsPerMicrosecond;
  ByteReader in(document, place);
  const std::uint64_t values = in.vint();
  for (std::uint64_t i = 0; i < values; ++i) {
    (void)in.fixed<std::uint32_t>();
    const auto type = static_cast<StoredType>(in.fixed<std::uint8_t>());
    pass_value(in, type, 0, [&](std::size_t position) {
      std::int64_t date = 0;
      std::memcpy(&date, document.data() + position, sizeof date);
      if (date < -kLimit || date > kLimit) {
        throw UnsupportedFeature(shown_name(std::string(place.file)) + ": a stored date of " +
                                 std::to_string(date) +
                                 " microseconds since 1970 is beyond what format 7 can hold");
      }
      date *= kNanosecondsPerMicrosecond;
      std::memcpy(document.data() + position, &date, sizeof date);
    });
  }
}

void DocumentBuffer::clear() {
  size_ = 0;
  buffer_.clear();
  buffer_.resize(kCountRoom);
}

void DocumentBuffer::add_head(std::uint32_t field, StoredType type) {
  ++size_;
  buffer_.fixed(field);
  buffer_.fixed(type);
}

void DocumentBuffer::add_text(std::uint32_t field, std::string_view text) {
  add_head(field, StoredType::kText);
  buffer_.vint(text.size());
  buffer_.text(text);
}

void DocumentBuffer::add_bytes(std::uint32_t field, std::span<const std::byte> bytes) {
  add_head(field, StoredType::kBytes);
  buffer_.vint(bytes.size());
  buffer_.bytes(bytes);
}

void DocumentBuffer::add_u64(std::uint32_t field, std::uint64_t value) {
  add_head(field, StoredType::kU64);
  buffer_.fixed(value);
}

void DocumentBuffer::add_i64(std::uint32_t field, std::int64_t value) {
  add_head(field, StoredType::kI64);
  buffer_.fixed(value);
}

void DocumentBuffer::add_f64(std::uint32_t field, double value) {
  add_head(field, StoredType::kF64);
  buffer_.fixed(map_f64(value));
}

void DocumentBuffer::add_bool(std::uint32_t field, bool value) {
  add_head(field, StoredType::kBool);
  buffer_.fixed(static_cast<std::uint8_t>(value ? 1 : 0));
}

void DocumentBuffer::add_date(std::uint32_t field, std::int64_t nanoseconds) {
  add_head(field, StoredType::kDate);
  buffer_.fixed(nanoseconds);
}

std::span<const std::byte> DocumentBuffer::bytes() {
  // VInt of the count, ending where the values begin: 7 bits a byte, the high bit on the last.
  const auto groups = static_cast<std::size_t>((std::bit_width(size_ | 1u) + 6) / 7);
  const std::size_t begin = kCountRoom - groups;
  std::uint32_t rest = size_;
  for (std::size_t i = 0; i < groups; ++i) {
    const std::uint32_t stop = i + 1 == groups ? 0x80u : 0;
    buffer_.data()[begin + i] = static_cast<std::byte>((rest & 0x7Fu) | stop);
    rest >>= 7;
  }
  return buffer_.span().subspan(begin);
}

}  // namespace splitscope::formats
