#include "workloads/search/document_json.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "formats/codec/byte_reader.h"
#include "formats/segment/columnar/monotone_map.h"
#include "formats/segment/store/document.h"

namespace splitscope::workloads {
namespace {

using nlohmann::ordered_json;

std::string base64(std::span<const std::byte> bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < count ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= count ? kDigits[group >> (18 - 6 * i) & 63] : '=';
    }
  }
  return text;
}

// Fractions of a second only where there are some.
std::string date_text(std::int64_t nanoseconds) {
  std::int64_t seconds = nanoseconds / formats::kNanosecondsPerSecond;
  std::int64_t rest = nanoseconds % formats::kNanosecondsPerSecond;
  if (rest < 0) {
    rest += formats::kNanosecondsPerSecond;
    --seconds;
  }
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto second_of_day = (time - day).count();
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", int{date.year()},
                                 unsigned{date.month()}, unsigned{date.day()}, second_of_day / 3600,
                                 second_of_day / 60 % 60, second_of_day % 60);
  if (rest != 0) {
    std::string digits = std::to_string(formats::kNanosecondsPerSecond + rest).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    text += "." + digits;
  }
  return text + "Z";
}

std::string ip_text(std::span<const std::byte> bytes) {
  // Stored with the least significant byte first; an IPv4 address is mapped into IPv6.
  std::array<std::byte, 16> address{};
  std::reverse_copy(bytes.begin(), bytes.end(), address.begin());
  constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  const bool is_v4 = std::equal(kMapped.begin(), kMapped.end(), address.begin(),
                                [](std::uint8_t a, std::byte b) { return std::byte{a} == b; });
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* const from = is_v4 ? address.data() + kMapped.size() : address.data();
  return inet_ntop(is_v4 ? AF_INET : AF_INET6, from, text.data(), text.size());
}

// Payloads have been checked by DocumentCursor; nesting is bounded by it.
class ValueReader {
 public:
  // `payload` as StoredValue has it.
  [[nodiscard]] static ordered_json value(formats::StoredType type,
                                          std::span<const std::byte> payload) {
    switch (type) {
      case formats::StoredType::kText:
      case formats::StoredType::kFacet:
      case formats::StoredType::kBytes:
      case formats::StoredType::kLegacyJson:
        return text_value(type, payload);
      default: {
        formats::ByteReader in(payload);
        return read(type, in);
      }
    }
  }

 private:
  [[nodiscard]] static ordered_json text_value(formats::StoredType type,
                                               std::span<const std::byte> payload) {
    std::string text(reinterpret_cast<const char*>(payload.data()), payload.size());
    if (type == formats::StoredType::kBytes) return base64(payload);
    if (type == formats::StoredType::kLegacyJson) {
      auto parsed = ordered_json::parse(text, nullptr, false);
      if (!parsed.is_discarded()) return parsed;
    }
    if (type == formats::StoredType::kFacet) {
      // Steps of the path are kept apart by zero bytes.
      std::replace(text.begin(), text.end(), '\0', '/');
      return "/" + text;
    }
    return text;
  }

  [[nodiscard]] static ordered_json read(formats::StoredType type, formats::ByteReader& in) {
    switch (type) {
      case formats::StoredType::kText:
      case formats::StoredType::kFacet:
      case formats::StoredType::kBytes:
      case formats::StoredType::kLegacyJson:
        return text_value(type, in.bytes(in.vint()));
      case formats::StoredType::kU64:
        return in.fixed<std::uint64_t>();
      case formats::StoredType::kI64:
        return in.fixed<std::int64_t>();
      case formats::StoredType::kDate:
        return date_text(in.fixed<std::int64_t>());
      case formats::StoredType::kF64:
        return formats::unmap_f64(in.fixed<std::uint64_t>());
      case formats::StoredType::kExtension:
        (void)in.fixed<std::uint8_t>();
        return text_value(formats::StoredType::kLegacyJson, in.bytes(in.vint()));
      case formats::StoredType::kBool:
        return in.fixed<std::uint8_t>() != 0;
      case formats::StoredType::kIp:
        return ip_text(in.bytes(16));
      case formats::StoredType::kNull:
        return nullptr;
      case formats::StoredType::kArray:
        return read_array(in);
      case formats::StoredType::kObject:
        return read_object(in);
    }
    return nullptr;
  }

  [[nodiscard]] static ordered_json read_next(formats::ByteReader& in) {
    return read(static_cast<formats::StoredType>(in.fixed<std::uint8_t>()), in);
  }

  [[nodiscard]] static ordered_json read_array(formats::ByteReader& in) {
    ordered_json list = ordered_json::array();
    for (std::uint64_t left = in.vint(); left > 0; --left) list.push_back(read_next(in));
    return list;
  }

  [[nodiscard]] static ordered_json read_object(formats::ByteReader& in) {
    ordered_json object = ordered_json::object();
    // Keys and values count both.
    for (std::uint64_t left = in.vint(); left >= 2; left -= 2) {
      const ordered_json key = read_next(in);
      ordered_json value = read_next(in);
      object[key.is_string() ? key.get<std::string>() : key.dump()] = std::move(value);
    }
    return object;
  }
};

}  // namespace

std::string document_json(std::span<const std::byte> document, const formats::Schema& schema) {
  std::map<std::uint32_t, ordered_json> fields;
  formats::decode_document(document, [&](const formats::StoredValue& value) {
    // Not operator[]: a null that becomes a list without memory for it is a fault in the library.
    auto& values = fields.try_emplace(value.field, ordered_json::array()).first->second;
    values.push_back(ValueReader::value(value.type, value.payload));
  });
  ordered_json object = ordered_json::object();
  for (auto& [field, values] : fields) {
    const std::string name =
        field < schema.size() ? schema[field].name : "field " + std::to_string(field);
    object[name] = std::move(values);
  }
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace splitscope::workloads
