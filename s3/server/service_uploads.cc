// Multipart uploads.
#include <charconv>

#include <fmt/format.h>

#include "s3/protocol/xml.h"
#include "s3/server/service.h"

namespace splitscope::s3 {
namespace {

constexpr int kLargestPartNumber = 10'000;

/// Entries of one page, as in S3.
constexpr std::size_t kLargestUploadListing = 1000;

/// A completion of 10,000 parts with every checksum that S3 knows stays below.
constexpr std::size_t kLargestCompletionBytes = 4 * 1024 * 1024;

/// 0 when it is no part number.
int parse_part_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number && number >= 1 && number <= kLargestPartNumber ? number : 0;
}

std::string trim(std::string_view text, std::string_view set) {
  const std::size_t first = text.find_first_not_of(set);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(set) - first + 1));
}

/// CompleteMultipartUpload holds Part elements, each with a PartNumber and an ETag among others.
PartList parse_completion(std::string_view document) {
  PartList parts;
  int number = 0;
  std::string etag;
  std::string text;
  XmlScanner scanner(document);
  using Kind = XmlScanner::Kind;
  for (auto token = scanner.next(); token.kind != Kind::kEnd; token = scanner.next()) {
    if (token.kind == Kind::kText) {
      text += token.text;
      continue;
    }
    if (token.kind == Kind::kOpen) {
      if (token.text == "Part") {
        number = 0;
        etag.clear();
      }
    } else if (token.text == "PartNumber") {
      number = parse_part_number(trim(text, " \t\r\n"));
      if (number == 0) throw XmlError("PartNumber must be from 1 to 10000");
    } else if (token.text == "ETag") {
      etag = trim(text, "\" \t\r\n");
    } else if (token.text == "Part") {
      if (number == 0 || etag.empty()) throw XmlError("a Part needs a PartNumber and an ETag");
      if (parts.size() == kLargestPartNumber) throw XmlError("there are more than 10000 parts");
      parts.emplace_back(number, etag);
    }
    text.clear();
  }
  if (parts.empty()) throw XmlError("CompleteMultipartUpload lists no parts");
  return parts;
}

std::string upload_names(const std::string& bucket, const std::string& key, const std::string& id) {
  return xml_element("Bucket", bucket) + xml_element("Key", key) + xml_element("UploadId", id);
}

}  // namespace

ServiceResponse Service::create_upload(const Call& call) {
  static_cast<void>(receive_text(call, 0));
  Headers metadata;
  for (const auto& header : call.http.headers) {
    if (header.first.starts_with("x-amz-meta-")) metadata.push_back(header);
  }
  const std::string* type = call.header("content-type");
  const std::string id = store_.create_upload(
      call.bucket, call.key, type != nullptr ? *type : "application/octet-stream", metadata);
  return xml_response("InitiateMultipartUploadResult", upload_names(call.bucket, call.key, id));
}

ServiceResponse Service::upload_part(const Call& call) {
  const std::string* text = call.query("partNumber");
  const int number = text == nullptr ? 0 : parse_part_number(*text);
  if (number == 0) {
    throw S3Error(400, "InvalidArgument",
                  "Part number must be an integer between 1 and 10000, inclusive.");
  }
  const std::string& id = *call.query("uploadId");
  store_.check_upload(call.bucket, call.key, id);
  const std::string etag = store_.put_part(call.bucket, call.key, id, number, receive(call));
  ServiceResponse response;
  response.headers.emplace_back("etag", "\"" + etag + "\"");
  return response;
}

ServiceResponse Service::complete_upload(const Call& call) {
  const PartList parts = parse_completion(receive_text(call, kLargestCompletionBytes));
  const StoredObject object =
      store_.complete_upload(call.bucket, call.key, *call.query("uploadId"), parts);
  return xml_response("CompleteMultipartUploadResult",
                      xml_element("Location", "/" + call.bucket + "/" + call.key) +
                          xml_element("Bucket", call.bucket) + xml_element("Key", call.key) +
                          xml_element("ETag", "\"" + object.etag + "\""));
}

ServiceResponse Service::abort_upload(const Call& call) {
  store_.abort_upload(call.bucket, call.key, *call.query("uploadId"));
  ServiceResponse response;
  response.status = 204;
  return response;
}

ServiceResponse Service::list_parts(const Call& call) {
  const std::string& id = *call.query("uploadId");
  std::string content =
      upload_names(call.bucket, call.key, id) + xml_element("IsTruncated", "false");
  for (const PartSummary& part : store_.list_parts(call.bucket, call.key, id)) {
    content += "<Part>" + xml_element("PartNumber", std::to_string(part.number)) +
               xml_element("LastModified", iso_time(part.modified)) +
               xml_element("ETag", "\"" + part.etag + "\"") +
               xml_element("Size", std::to_string(part.length_bytes)) + "</Part>";
  }
  return xml_response("ListPartsResult", content);
}

ServiceResponse Service::list_uploads(const Call& call) {
  const std::string* prefix = call.query("prefix");
  const std::string* key_marker = call.query("key-marker");
  const std::string* id_marker = call.query("upload-id-marker");
  const auto comes_after_marker = [&](const UploadSummary& upload) {
    if (key_marker == nullptr) return true;
    if (id_marker == nullptr || upload.key != *key_marker) return upload.key > *key_marker;
    return upload.id > *id_marker;
  };
  std::string content = xml_element("Bucket", call.bucket);
  std::size_t count = 0;
  const UploadSummary* last = nullptr;
  const std::vector<UploadSummary> uploads = store_.list_uploads(call.bucket);
  bool is_truncated = false;
  for (const UploadSummary& upload : uploads) {
    if ((prefix != nullptr && !upload.key.starts_with(*prefix)) || !comes_after_marker(upload)) {
      continue;
    }
    if (count == kLargestUploadListing) {
      is_truncated = true;
      break;
    }
    ++count;
    last = &upload;
    content += "<Upload>" + xml_element("Key", upload.key) + xml_element("UploadId", upload.id) +
               xml_element("Initiated", iso_time(upload.initiated)) + "</Upload>";
  }
  content += xml_element("IsTruncated", is_truncated ? "true" : "false");
  if (is_truncated) {
    content +=
        xml_element("NextKeyMarker", last->key) + xml_element("NextUploadIdMarker", last->id);
  }
  return xml_response("ListMultipartUploadsResult", content);
}

}  // namespace splitscope::s3
