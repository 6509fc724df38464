#include "s3/client/client.h"

#include <charconv>

#include <fmt/format.h>

#include "base/digest.h"
#include "s3/client/request_runner.h"
#include "s3/protocol/xml.h"

namespace splitscope {
namespace {

std::string trim_quotes(const std::string& text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return text;
  return text.substr(1, text.size() - 2);
}

std::string path_of(const std::string& bucket, const std::string& key) {
  return fmt::format("/{}/{}", bucket, key);
}

std::string header_of(const s3::HttpResponse& response, std::string_view name) {
  const std::string* value = s3::find_value(response.headers, name);
  return value == nullptr ? std::string() : *value;
}

std::string etag_of(const s3::HttpResponse& response) {
  return trim_quotes(header_of(response, "etag"));
}

/// CompleteMultipartUpload may answer 200 and an error all the same, when it failed after the
/// status was sent.
std::string needed_text(const std::string& request, const std::string& document,
                        std::string_view name) {
  std::string text = s3::text_or_empty(document, name);
  if (!text.empty()) return text;
  const std::string code = s3::one_line(s3::text_or_empty(document, "Code"));
  throw S3Error(200, code,
                fmt::format("{}: the answer has no {}: {} {}", request, name, code,
                            s3::one_line(s3::text_or_empty(document, "Message"))));
}

/// How long the server may take to answer once a signal has asked for an end: for the id of an
/// upload that it has begun, and for whether an object is complete.
constexpr std::chrono::milliseconds kCreationGrace{5000};
constexpr std::chrono::milliseconds kCompletionGrace{3000};

constexpr std::chrono::milliseconds kBucketLimit{10'000};

/// Pages of 1,000 uploads each, and the key that is asked for comes first.
constexpr int kMostPages = 10;

struct UploadPage {
  std::vector<S3OpenUpload> uploads;
  bool is_truncated = false;
  std::string next_key;
  std::string next_id;
};

UploadPage parse_upload_page(std::string_view document) {
  using Kind = s3::XmlScanner::Kind;
  UploadPage page;
  S3OpenUpload upload;
  std::string text;
  bool is_inside = false;
  s3::XmlScanner scanner(document);
  for (auto token = scanner.next(); token.kind != Kind::kEnd; token = scanner.next()) {
    if (token.kind == Kind::kText) {
      text += token.text;
      continue;
    }
    if (token.kind == Kind::kOpen) {
      if (token.text == "Upload") {
        is_inside = true;
        upload = {};
      }
    } else if (token.text == "Upload") {
      is_inside = false;
      page.uploads.push_back(upload);
    } else if (is_inside && token.text == "Key") {
      upload.key = text;
    } else if (is_inside && token.text == "UploadId") {
      upload.id = text;
    } else if (is_inside && token.text == "Initiated") {
      upload.initiated = text;
    } else if (token.text == "IsTruncated") {
      page.is_truncated = text == "true";
    } else if (token.text == "NextKeyMarker") {
      page.next_key = text;
    } else if (token.text == "NextUploadIdMarker") {
      page.next_id = text;
    }
    text.clear();
  }
  return page;
}

}  // namespace

S3Client::S3Client(S3ClientOptions options)
    : runner_(std::make_unique<s3::RequestRunner>(std::move(options))) {}
S3Client::~S3Client() = default;

bool S3Client::lacks_bucket(const std::string& bucket) {
  try {
    runner_->run_one({.method = "HEAD",
                      .path = fmt::format("/{}", bucket),
                      .attempts = 1,
                      .attempt_limit = kBucketLimit});
    return false;
  } catch (const S3Error& error) {
    return error.status() == 404;
  }
}

void S3Client::create_bucket(const std::string& bucket) {
  try {
    runner_->run_one(
        {.method = "PUT", .path = fmt::format("/{}", bucket), .body = memory_body({})});
  } catch (const S3Error& error) {
    if (error.code() != "BucketAlreadyOwnedByYou") throw;
  }
}

std::string S3Client::put_object(const std::string& bucket, const std::string& key,
                                 const BodySource& body) {
  return etag_of(runner_->run_one({.method = "PUT", .path = path_of(bucket, key), .body = body}));
}

S3ObjectInfo S3Client::head_object(const std::string& bucket, const std::string& key) {
  const auto response = runner_->run_one({.method = "HEAD", .path = path_of(bucket, key)});
  S3ObjectInfo info;
  const std::string length = header_of(response, "content-length");
  const auto [end, error] =
      std::from_chars(length.data(), length.data() + length.size(), info.length_bytes);
  if (error != std::errc() || end != length.data() + length.size()) {
    throw S3Error(response.status, "",
                  fmt::format("HEAD {}: no Content-Length", path_of(bucket, key)));
  }
  info.etag = etag_of(response);
  info.sha256 = header_of(response, "x-splitscope-sha256");
  info.composite_sha256 = header_of(response, "x-splitscope-composite-sha256");
  return info;
}

void S3Client::get_object(const std::string& bucket, const std::string& key,
                          const std::function<void(std::span<const std::byte>)>& sink,
                          std::optional<std::pair<std::uint64_t, std::uint64_t>> range) {
  s3::Call call{.method = "GET", .path = path_of(bucket, key), .sink = sink};
  if (range) {
    const auto [offset, length] = *range;
    // A range header cannot ask for nothing.
    if (length == 0) return;
    call.headers.emplace_back("range", fmt::format("bytes={}-{}", offset, offset + length - 1));
  }
  runner_->run_one(std::move(call));
}

void S3Client::delete_object(const std::string& bucket, const std::string& key) {
  runner_->run_one({.method = "DELETE", .path = path_of(bucket, key)});
}

std::string S3Client::create_multipart_upload(const std::string& bucket, const std::string& key) {
  const auto response = runner_->run_one({.method = "POST",
                                          .path = path_of(bucket, key),
                                          .query = {{"uploads", ""}},
                                          .body = memory_body({}),
                                          .grace = kCreationGrace,
                                          .counts_unanswered = true});
  return needed_text(fmt::format("POST {}", path_of(bucket, key)), response.body, "UploadId");
}

std::vector<std::string> S3Client::upload_parts(
    const std::string& bucket, const std::string& key, const std::string& upload_id,
    std::size_t count,
    const std::function<BodySource(std::size_t part, std::size_t slot)>& make_body) {
  std::vector<std::string> etags(count);
  std::size_t next_part = 0;
  std::vector<std::size_t> part_of_slot;
  runner_->run(
      [&](std::size_t slot) -> std::optional<s3::Call> {
        if (next_part == count) return std::nullopt;
        const std::size_t part = next_part++;
        if (part_of_slot.size() <= slot) part_of_slot.resize(slot + 1);
        part_of_slot[slot] = part;
        return s3::Call{
            .method = "PUT",
            .path = path_of(bucket, key),
            .query = {{"partNumber", std::to_string(part + 1)}, {"uploadId", upload_id}},
            .body = make_body(part, slot)};
      },
      [&](std::size_t slot, const s3::HttpResponse& response) {
        etags[part_of_slot[slot]] = etag_of(response);
      });
  return etags;
}

std::string S3Client::complete_multipart_upload(const std::string& bucket, const std::string& key,
                                                const std::string& upload_id,
                                                const std::vector<std::string>& etags) {
  std::string document = "<CompleteMultipartUpload>";
  for (std::size_t i = 0; i < etags.size(); ++i) {
    document += "<Part>" + s3::xml_element("PartNumber", std::to_string(i + 1)) +
                s3::xml_element("ETag", fmt::format("\"{}\"", etags[i])) + "</Part>";
  }
  document += "</CompleteMultipartUpload>";
  BodySource body = memory_body(std::as_bytes(std::span(document)));
  body.sha256 = to_hex(digest_of(HashKind::kSha256, document));
  const auto response = runner_->run_one({.method = "POST",
                                          .path = path_of(bucket, key),
                                          .query = {{"uploadId", upload_id}},
                                          .body = std::move(body),
                                          .grace = kCompletionGrace});
  return trim_quotes(
      needed_text(fmt::format("POST {}", path_of(bucket, key)), response.body, "ETag"));
}

void S3Client::abort_multipart_upload(const std::string& bucket, const std::string& key,
                                      const std::string& upload_id) {
  try {
    runner_->run_one(
        {.method = "DELETE", .path = path_of(bucket, key), .query = {{"uploadId", upload_id}}});
  } catch (const S3Error& error) {
    if (error.code() != "NoSuchUpload") throw;
  }
}

std::vector<S3OpenUpload> S3Client::list_multipart_uploads(const std::string& bucket,
                                                           const std::string& key) {
  std::vector<S3OpenUpload> found;
  s3::Query query = {{"uploads", ""}, {"prefix", key}};
  for (int pages = 0; pages < kMostPages; ++pages) {
    const auto response =
        runner_->run_one({.method = "GET", .path = fmt::format("/{}", bucket), .query = query});
    UploadPage page;
    try {
      page = parse_upload_page(response.body);
    } catch (const s3::XmlError& error) {
      throw S3Error(
          response.status, "",
          fmt::format("GET /{}?uploads: the answer is no listing: {}", bucket, error.what()));
    }
    for (S3OpenUpload& upload : page.uploads) {
      // The prefix has other keys, too.
      if (upload.key == key && !upload.id.empty()) found.push_back(std::move(upload));
    }
    if (!page.is_truncated || page.next_key != key) break;
    query = {{"uploads", ""},
             {"prefix", key},
             {"key-marker", page.next_key},
             {"upload-id-marker", page.next_id}};
  }
  return found;
}

const S3ClientStatistics& S3Client::statistics() const { return runner_->statistics(); }

}  // namespace splitscope
