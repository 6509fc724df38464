// Buckets and whole objects.
#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "s3/protocol/xml.h"
#include "s3/server/service.h"

namespace splitscope::s3 {
namespace {

constexpr std::size_t kLargestListing = 1000;

bool parse_number(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

Headers metadata_of(const Headers& headers) {
  Headers metadata;
  for (const auto& header : headers) {
    if (header.first.starts_with("x-amz-meta-")) metadata.push_back(header);
  }
  return metadata;
}

Headers object_headers(const StoredObject& object) {
  Headers headers = object.metadata;
  headers.emplace_back("etag", "\"" + object.etag + "\"");
  headers.emplace_back("last-modified", http_time(object.modified));
  headers.emplace_back("accept-ranges", "bytes");
  headers.emplace_back("content-type", object.content_type);
  // Not of S3: lets a client check the bytes without reading them back.
  if (!object.sha256.empty()) headers.emplace_back("x-splitscope-sha256", object.sha256);
  if (!object.composite_sha256.empty()) {
    headers.emplace_back("x-splitscope-composite-sha256", object.composite_sha256);
  }
  return headers;
}

std::string content_type_of(const Headers& headers) {
  const std::string* given = find_value(headers, "content-type");
  return given != nullptr ? *given : "application/octet-stream";
}

std::string query_or(const std::string* value, const char* otherwise) {
  return value != nullptr ? *value : otherwise;
}

}  // namespace

std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_range(std::string_view header,
                                                                   std::uint64_t length_bytes) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return std::nullopt;
  header.remove_prefix(kUnit.size());
  const std::size_t dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first_text = header.substr(0, dash);
  const std::string_view last_text = header.substr(dash + 1);
  const S3Error invalid(416, "InvalidRange", "The requested range is not satisfiable.");

  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (first_text.empty()) {
    std::uint64_t suffix = 0;
    if (!parse_number(last_text, suffix)) return std::nullopt;
    if (suffix == 0 || length_bytes == 0) throw invalid;
    suffix = std::min(suffix, length_bytes);
    return std::pair(length_bytes - suffix, suffix);
  }
  if (!parse_number(first_text, first)) return std::nullopt;
  if (last_text.empty()) {
    last = length_bytes;
  } else if (!parse_number(last_text, last) || last < first) {
    return std::nullopt;
  }
  if (first >= length_bytes) throw invalid;
  return std::pair(first, std::min(last, length_bytes - 1) - first + 1);
}

ServiceResponse Service::create_bucket(const Call& call) {
  // May hold a region, which means nothing here.
  static_cast<void>(receive_text(call, kLargestListing));
  store_.create_bucket(call.bucket);
  ServiceResponse response;
  response.headers.emplace_back("location", "/" + call.bucket);
  return response;
}

ServiceResponse Service::head_bucket(const Call& call) {
  store_.check_bucket(call.bucket);
  return {};
}

ServiceResponse Service::get_bucket_location(const Call& call) {
  store_.check_bucket(call.bucket);
  return xml_response("LocationConstraint", "");
}

ServiceResponse Service::put_object(const Call& call) {
  const StoredObject object =
      store_.put(call.bucket, call.key, receive(call), content_type_of(call.http.headers),
                 metadata_of(call.http.headers));
  ServiceResponse response;
  response.headers.emplace_back("etag", "\"" + object.etag + "\"");
  return response;
}

ServiceResponse Service::head_object(const Call& call) {
  const StoredObject object = store_.get(call.bucket, call.key);
  ServiceResponse response;
  response.headers = object_headers(object);
  response.head_length = object.length_bytes;
  return response;
}

ServiceResponse Service::get_object(const Call& call) {
  auto [object, fd] = store_.open(call.bucket, call.key);
  if (fd < 0) {
    throw S3Error(501, "NotImplemented",
                  "This server keeps digests only, not the bytes of objects; start it with a "
                  "folder to read them back.");
  }
  FileSlice slice(fd, 0, object.length_bytes);
  ServiceResponse response;
  response.headers = object_headers(object);
  const std::string* header = call.header("range");
  const auto range = header == nullptr ? std::nullopt : parse_range(*header, object.length_bytes);
  if (!range) {
    response.file.emplace(std::move(slice));
    return response;
  }
  const auto [offset, length_bytes] = *range;
  response.status = 206;
  response.headers.emplace_back(
      "content-range",
      fmt::format("bytes {}-{}/{}", offset, offset + length_bytes - 1, object.length_bytes));
  slice.narrow(offset, length_bytes);
  response.file.emplace(std::move(slice));
  return response;
}

ServiceResponse Service::delete_object(const Call& call) {
  store_.remove(call.bucket, call.key);
  ServiceResponse response;
  response.status = 204;
  return response;
}

ServiceResponse Service::list_objects(const Call& call) {
  const std::string prefix = query_or(call.query("prefix"), "");
  const std::string delimiter = query_or(call.query("delimiter"), "");
  const std::string start = std::max(query_or(call.query("start-after"), ""),
                                     query_or(call.query("continuation-token"), ""));
  const bool encodes_keys = query_or(call.query("encoding-type"), "") == "url";
  std::uint64_t limit = kLargestListing;
  if (const auto* text = call.query("max-keys"); text != nullptr && !parse_number(*text, limit)) {
    throw S3Error(400, "InvalidArgument", "max-keys must be a number.");
  }
  limit = std::min<std::uint64_t>(limit, kLargestListing);

  const auto show = [&](const std::string& key) { return encodes_keys ? encode_path(key) : key; };
  std::string contents;
  std::set<std::string> common_prefixes;
  std::uint64_t count = 0;
  std::string last;
  bool is_truncated = false;
  for (const auto& [key, object] : store_.list(call.bucket, prefix)) {
    // A token is the last key, or the last common prefix, which stands for all keys below it.
    if (key <= start || (!delimiter.empty() && !start.empty() && start.ends_with(delimiter) &&
                         key.starts_with(start))) {
      continue;
    }
    const std::size_t end =
        delimiter.empty() ? std::string::npos : key.find(delimiter, prefix.size());
    const std::string common =
        end == std::string::npos ? std::string() : key.substr(0, end + delimiter.size());
    if (!common.empty() && common_prefixes.contains(common)) continue;
    if (count == limit) {
      is_truncated = true;
      break;
    }
    ++count;
    if (!common.empty()) {
      common_prefixes.insert(common);
      last = common;
      continue;
    }
    last = key;
    contents += "<Contents>" + xml_element("Key", show(key)) +
                xml_element("LastModified", iso_time(object.modified)) +
                xml_element("ETag", "\"" + object.etag + "\"") +
                xml_element("Size", std::to_string(object.length_bytes)) +
                xml_element("StorageClass", "STANDARD") + "</Contents>";
  }
  std::string content = xml_element("Name", call.bucket) + xml_element("Prefix", show(prefix)) +
                        xml_element("KeyCount", std::to_string(count)) +
                        xml_element("MaxKeys", std::to_string(limit)) +
                        xml_element("IsTruncated", is_truncated ? "true" : "false");
  if (!delimiter.empty()) content += xml_element("Delimiter", show(delimiter));
  if (encodes_keys) content += xml_element("EncodingType", "url");
  if (is_truncated) content += xml_element("NextContinuationToken", last);
  for (const std::string& common : common_prefixes) {
    contents += "<CommonPrefixes>" + xml_element("Prefix", show(common)) + "</CommonPrefixes>";
  }
  return xml_response("ListBucketResult", content + contents);
}

}  // namespace splitscope::s3
