// What must never be shown: keys that name a secret, values that are one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace splitscope {

/// "secret_key", "sessionToken", "--password", "api-key"; not "secret_key_env", which names the
/// variable that holds one.
[[nodiscard]] bool names_a_secret(std::string_view key);

/// Access key ids, private keys, signed links, links with a password in them, bearer tokens.
[[nodiscard]] bool looks_like_a_secret(std::string_view value);

/// A command line in which "***" stands for the value of each argument that names a secret
/// ("--password x", "password=x") or looks like one.
[[nodiscard]] std::vector<std::string> without_secrets(const std::vector<std::string>& arguments);

}  // namespace splitscope
