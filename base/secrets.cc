#include "base/secrets.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace splitscope {
namespace {

constexpr const char* kHidden = "***";

// Without '_' and '-', lower case: how keys are compared.
constexpr std::array<std::string_view, 14> kSecretWords{
    "accesskey",  "secret", "password", "passwd",    "passphrase",    "token",  "credential",
    "privatekey", "apikey", "bearer",   "signature", "authorization", "cookie", "clientkey"};
// Lengths that such words end with when the key only says where the secret is to be found.
constexpr std::array<std::string_view, 4> kOnlyNames{"env", "variable", "file", "profile"};
constexpr std::array<std::string_view, 9> kSecretValues{
    "-----begin", "x-amz-signature=", "x-amz-credential=", "x-amz-security-token=",
    "aws4-hmac",  "authorization:",   "bearer ",           "basic ",
    "x-api-key:"};

std::string plain(std::string_view key) {
  std::string text;
  for (const char c : key) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) continue;
    text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

// "AKIA" or "ASIA" and 16 capitals or digits.
bool holds_access_key_id(std::string_view value) {
  constexpr std::size_t kIdLength = 20;
  for (std::size_t at = 0; at + kIdLength <= value.size(); ++at) {
    const std::string_view id = value.substr(at, kIdLength);
    if (!id.starts_with("AKIA") && !id.starts_with("ASIA")) continue;
    if (std::all_of(id.begin(), id.end(),
                    [](unsigned char c) { return std::isupper(c) != 0 || std::isdigit(c) != 0; })) {
      return true;
    }
  }
  return false;
}

// "scheme://user:password@host".
bool holds_a_password_link(std::string_view value) {
  for (std::size_t at = 0; (at = value.find("://", at)) != std::string_view::npos; at += 3) {
    const std::string_view rest = value.substr(at + 3);
    const std::string_view host = rest.substr(0, rest.find_first_of("/?# "));
    const auto end = host.rfind('@');
    if (end != std::string_view::npos && host.substr(0, end).find(':') != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool names_a_secret(std::string_view key) {
  const std::string text = plain(key);
  for (const std::string_view end : kOnlyNames) {
    if (text.ends_with(end)) return false;
  }
  return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

bool looks_like_a_secret(std::string_view value) {
  std::string lower(value);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return holds_access_key_id(value) || holds_a_password_link(value) ||
         std::any_of(kSecretValues.begin(), kSecretValues.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::vector<std::string> without_secrets(const std::vector<std::string>& arguments) {
  std::vector<std::string> shown;
  bool hide_next = false;
  for (const std::string& argument : arguments) {
    const auto equals = argument.find('=');
    const std::string key = argument.substr(0, equals);
    const bool is_option = argument.starts_with("-");
    const bool secret_key = names_a_secret(key);
    const bool secret_value = equals != std::string::npos &&
                              (secret_key || looks_like_a_secret(argument.substr(equals + 1)));
    if (secret_value && !(hide_next && !is_option)) {
      shown.push_back(key + "=" + kHidden);
    } else if ((hide_next && !is_option) || looks_like_a_secret(argument)) {
      shown.emplace_back(kHidden);
    } else {
      shown.push_back(argument);
    }
    hide_next = is_option && equals == std::string::npos && secret_key;
  }
  return shown;
}

}  // namespace splitscope
