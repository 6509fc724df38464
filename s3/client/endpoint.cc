#include "s3/client/endpoint.h"

#include <memory>
#include <new>
#include <optional>

#include <curl/curl.h>

#include "base/errors.h"

namespace splitscope::s3 {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

struct FreeText {
  void operator()(char* text) const { curl_free(text); }
};

std::optional<std::string> part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  const CURLUcode result = curl_url_get(url, which, &text, 0);
  if (result == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (result != CURLUE_OK || text == nullptr) return std::nullopt;
  const std::unique_ptr<char, FreeText> owned(text);
  return std::string(text);
}

}  // namespace

Endpoint parse_endpoint(const std::string& text) {
  const std::string form = "write it as http://127.0.0.1:9000 (scheme, host, port)";
  if (text.find('@') != std::string::npos) {
    throw UsageError("the S3 endpoint holds a user name; " + form +
                     " and give the keys by environment");
  }
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  const UsageError malformed("\"" + text + "\" is no S3 endpoint; " + form);
  const CURLUcode result =
      url ? curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) : CURLUE_OUT_OF_MEMORY;
  if (result == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (result != CURLUE_OK) throw malformed;
  const auto scheme = part(url.get(), CURLUPART_SCHEME);
  const auto host = part(url.get(), CURLUPART_HOST);
  const auto port = part(url.get(), CURLUPART_PORT);
  const auto path = part(url.get(), CURLUPART_PATH);
  if (!scheme || !host || host->empty() || (*scheme != "http" && *scheme != "https") ||
      path.value_or("/") != "/" || part(url.get(), CURLUPART_QUERY) ||
      part(url.get(), CURLUPART_FRAGMENT)) {
    throw malformed;
  }
  const bool is_default_port = !port || *port == (*scheme == "http" ? "80" : "443");
  Endpoint endpoint;
  endpoint.host = is_default_port ? *host : *host + ":" + *port;
  endpoint.base_url = *scheme + "://" + endpoint.host;
  return endpoint;
}

}  // namespace splitscope::s3
