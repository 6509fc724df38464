#include "s3/signing/sigv4.h"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "base/digest.h"
#include "s3/protocol/uri.h"

namespace splitscope::s3 {
namespace {

constexpr std::string_view kTerminator = "aws4_request";

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Trimmed, runs of blanks as one.
std::string fold_blanks(std::string_view value) {
  std::string folded;
  for (const char c : value) {
    if (!is_blank(c)) {
      folded += c;
    } else if (!folded.empty() && folded.back() != ' ') {
      folded += ' ';
    }
  }
  if (!folded.empty() && folded.back() == ' ') folded.pop_back();
  return folded;
}

/// By name; several values of one name joined by commas in the order they came.
std::map<std::string, std::string> canonical_headers(const Headers& headers) {
  std::map<std::string, std::string> canonical;
  for (const auto& [name, value] : headers) {
    auto [entry, is_new] = canonical.try_emplace(name);
    if (!is_new) entry->second += ',';
    entry->second += fold_blanks(value);
  }
  return canonical;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string SigningScope::text() const {
  return fmt::format("{}/{}/{}/{}", time.substr(0, 8), region, service, kTerminator);
}

std::string signed_header_names(const Headers& headers) {
  std::string names;
  for (const auto& [name, value] : canonical_headers(headers)) {
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

std::string canonical_request(const SignableRequest& request) {
  std::string text = fmt::format("{}\n{}\n{}\n", request.method, encode_path(request.path),
                                 canonical_query(request.query));
  for (const auto& [name, value] : canonical_headers(request.headers)) {
    text.append(name).append(1, ':').append(value).append(1, '\n');
  }
  text.append(1, '\n').append(signed_header_names(request.headers)).append(1, '\n');
  return text.append(request.payload_hash);
}

std::string string_to_sign(const SignableRequest& request, const SigningScope& scope) {
  return fmt::format("{}\n{}\n{}\n{}", kSigningAlgorithm, scope.time, scope.text(),
                     to_hex(digest_of(HashKind::kSha256, canonical_request(request))));
}

std::string signature(const SignableRequest& request, const SigningScope& scope,
                      std::string_view secret_key) {
  std::string key = "AWS4";
  key.append(secret_key);
  key = hmac_sha256(key, scope.time.substr(0, 8));
  key = hmac_sha256(key, scope.region);
  key = hmac_sha256(key, scope.service);
  key = hmac_sha256(key, kTerminator);
  return to_hex(hmac_sha256(key, string_to_sign(request, scope)));
}

std::string authorization(const SignableRequest& request, const SigningScope& scope,
                          const Credentials& credentials) {
  return fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kSigningAlgorithm,
                     credentials.access_key, scope.text(), signed_header_names(request.headers),
                     signature(request, scope, credentials.secret_key));
}

std::optional<ParsedAuthorization> parse_authorization(std::string_view value) {
  if (!value.starts_with(kSigningAlgorithm)) return std::nullopt;
  value.remove_prefix(kSigningAlgorithm.size());
  if (value.empty() || !is_blank(value.front())) return std::nullopt;

  ParsedAuthorization parsed;
  for (std::string_view field : split(value, ',')) {
    while (!field.empty() && is_blank(field.front())) field.remove_prefix(1);
    while (!field.empty() && is_blank(field.back())) field.remove_suffix(1);
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = field.substr(0, equals);
    const std::string_view text = field.substr(equals + 1);
    if (name == "Credential") {
      // An access key may hold slashes, the four fields after it may not.
      const auto fields = split(text, '/');
      if (fields.size() < 5 || fields.back() != kTerminator) return std::nullopt;
      parsed.service = fields[fields.size() - 2];
      parsed.region = fields[fields.size() - 3];
      parsed.date = fields[fields.size() - 4];
      const std::size_t scope_size = parsed.service.size() + parsed.region.size() +
                                     parsed.date.size() + kTerminator.size() + 4;
      parsed.access_key = text.substr(0, text.size() - scope_size);
    } else if (name == "SignedHeaders") {
      for (const auto header : split(text, ';')) parsed.signed_headers.emplace_back(header);
    } else if (name == "Signature") {
      parsed.signature = text;
    } else {
      return std::nullopt;
    }
  }
  if (parsed.access_key.empty() || parsed.signed_headers.empty() || parsed.signature.empty()) {
    return std::nullopt;
  }
  return parsed;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string format_time(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<std::chrono::sys_seconds> parse_time(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  bool is_valid = true;
  const auto number = [&](std::size_t offset, std::size_t length) {
    unsigned value = 0;
    const char* begin = text.data() + offset;
    const auto [end, error] = std::from_chars(begin, begin + length, value);
    is_valid = is_valid && error == std::errc() && end == begin + length;
    return value;
  };
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(number(0, 4))),
                                         std::chrono::month(number(4, 2)),
                                         std::chrono::day(number(6, 2)));
  const unsigned hours = number(9, 2);
  const unsigned minutes = number(11, 2);
  const unsigned seconds = number(13, 2);
  // 60 is a leap second.
  if (!is_valid || !date.ok() || hours > 23 || minutes > 59 || seconds > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hours) + std::chrono::minutes(minutes) +
         std::chrono::seconds(seconds);
}

}  // namespace splitscope::s3
