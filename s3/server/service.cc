#include "s3/server/service.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <system_error>

#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/errors.h"
#include "s3/protocol/xml.h"
#include "s3/server/request_auth.h"

namespace splitscope::s3 {
namespace {

/// Between two reads of a body: in the second-level cache, so that it is hashed while still there.
constexpr std::size_t kBodyBufferBytes = 64 * 1024;

/// S3's limit for one PUT or part.
constexpr std::uint64_t kLargestBodyBytes = 5ULL * 1024 * 1024 * 1024;

S3Error not_implemented(const std::string& what) {
  return {501, "NotImplemented", "This server does not implement " + what + "."};
}

/// Names in a query that select another operation than the plain one.
void refuse_subresources(const Query& query) {
  constexpr std::array kKnown = {
      "uploads",    "uploadId",          "partNumber",  "list-type",
      "prefix",     "delimiter",         "max-keys",    "continuation-token",
      "key-marker", "upload-id-marker",  "start-after", "fetch-owner",
      "x-id",       "encoding-type",     "location",    "max-uploads",
      "max-parts",  "part-number-marker"};
  for (const auto& [name, value] : query) {
    if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end()) {
      throw not_implemented("\"?" + name + "\"");
    }
  }
}

/// What no signature would make better.
void check_before_signature(const ServiceRequest& request) {
  constexpr std::array kMethods = {"GET", "HEAD", "PUT", "POST", "DELETE"};
  if (std::find(kMethods.begin(), kMethods.end(), request.method) == kMethods.end()) {
    throw S3Error(405, "MethodNotAllowed",
                  "The specified method is not allowed against this resource.");
  }
  if (request.content_length.value_or(0) > kLargestBodyBytes) {
    throw S3Error(400, "EntityTooLarge", "One PUT or part can have at most 5 GiB.");
  }
}

/// No descriptors or memory left is nothing for good: the client shall try again.
S3Error error_of_system(const std::system_error& error) {
  const int number = error.code().value();
  if (number == EMFILE || number == ENFILE || number == ENOMEM || number == EAGAIN) {
    return {503, "SlowDown", "Please reduce your request rate."};
  }
  return {500, "InternalError", error.what()};
}

/// The code that goes with the status of a fault.
const char* code_of_status(int status) {
  switch (status) {
    case 403:
      return "AccessDenied";
    case 404:
      return "NoSuchBucket";
    case 501:
      return "NotImplemented";
    case 503:
      return "SlowDown";
    default:
      return "InternalError";
  }
}

void check_digest(const std::string* expected, const std::string& actual, const char* code,
                  const char* what) {
  if (expected == nullptr || *expected == actual) return;
  throw S3Error(400, code,
                fmt::format("The {} you specified did not match what we received.", what));
}

}  // namespace

FileSlice::FileSlice(FileSlice&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      offset_(other.offset_),
      length_bytes_(other.length_bytes_) {}

FileSlice::~FileSlice() {
  if (fd_ >= 0) ::close(fd_);
}

std::size_t FileSlice::read(std::uint64_t at, std::span<std::byte> buffer) const {
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), length_bytes_ - at));
  while (true) {
    const ssize_t got = ::pread(fd_, buffer.data(), wanted, static_cast<off_t>(offset_ + at));
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) throw TruncatedFile("a file of the S3 server became shorter while it was sent");
    if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "cannot read an object's file");
    }
  }
}

Service::Service(ServiceOptions options)
    : store_(std::move(options.store)),
      credentials_(std::move(options.credentials)),
      faults_(std::move(options.faults)),
      clock_(std::move(options.clock)) {
  if (!clock_) clock_ = [] { return std::chrono::system_clock::now(); };
}

bool Service::sleep(std::chrono::milliseconds time) {
  std::unique_lock lock(sleep_mutex_);
  return !wake_.wait_for(lock, time, [this] { return is_stopping_; });
}

void Service::stop() {
  const std::lock_guard lock(sleep_mutex_);
  is_stopping_ = true;
  wake_.notify_all();
}

ServiceResponse Service::handle(const ServiceRequest& request) {
  const std::string resource = request.target.substr(0, request.target.find('?'));
  try {
    check_before_signature(request);
    return authenticate_and_route(request);
  } catch (const S3Error& error) {
    return error_response(error, resource);
  } catch (const XmlError& error) {
    return error_response(S3Error(400, "MalformedXML", error.what()), resource);
  } catch (const std::system_error& error) {
    return error_response(error_of_system(error), resource);
  } catch (const TruncatedFile& error) {
    return error_response(S3Error(500, "InternalError", error.what()), resource);
  } catch (const std::bad_alloc&) {
    return error_response(S3Error(503, "SlowDown", "Out of memory, for now."), resource);
  }
}

ServiceResponse Service::authenticate_and_route(const ServiceRequest& request) {
  auto target = parse_target(request.target);
  if (!target) throw S3Error(400, "InvalidURI", "Couldn't parse the specified URI.");
  Call call{request, std::move(*target), {}, {}, {}};
  call.payload_hash = authenticate(request.method, call.target, request.headers, credentials_,
                                   std::chrono::floor<std::chrono::seconds>(clock_()));

  const std::string_view path = std::string_view(call.target.path).substr(1);
  const std::size_t slash = path.find('/');
  call.bucket = path.substr(0, slash);
  if (slash != std::string_view::npos) call.key = path.substr(slash + 1);
  refuse_subresources(call.target.query);
  const Route chosen = route(call);

  const auto fault = faults_.count(chosen.name);
  if (!fault) return (this->*chosen.operation)(call);
  ServiceResponse dropped;
  dropped.drop = true;
  switch (fault->action) {
    case S3Fault::Action::kStatus:
      throw S3Error(fault->status, code_of_status(fault->status),
                    "A fault that this server was told to show.");
    case S3Fault::Action::kDrop: {
      std::array<std::byte, 1024> buffer{};
      static_cast<void>(request.read_body(buffer));
      return dropped;
    }
    case S3Fault::Action::kLoseResponse:
      static_cast<void>((this->*chosen.operation)(call));
      return dropped;
    case S3Fault::Action::kDelay:
      if (!sleep(fault->delay)) return dropped;
      break;
    case S3Fault::Action::kDrip: {
      ServiceResponse dripping;
      dripping.drip = true;
      return dripping;
    }
  }
  return (this->*chosen.operation)(call);
}

Service::Route Service::route(const Call& call) {
  if (call.bucket.empty()) throw not_implemented("operations without a bucket");
  return call.key.empty() ? route_bucket(call) : route_key(call);
}

Service::Route Service::route_bucket(const Call& call) {
  const std::string& method = call.http.method;
  if (method == "PUT") return {"CreateBucket", &Service::create_bucket};
  if (method == "HEAD") return {"HeadBucket", &Service::head_bucket};
  if (method == "GET") {
    if (call.query("location")) return {"GetBucketLocation", &Service::get_bucket_location};
    if (call.query("uploads")) return {"ListMultipartUploads", &Service::list_uploads};
    if (call.query("list-type")) return {"ListObjectsV2", &Service::list_objects};
    throw not_implemented("version 1 of ListObjects; use list-type=2");
  }
  throw not_implemented(method + " of a bucket");
}

Service::Route Service::route_key(const Call& call) {
  const std::string& method = call.http.method;
  const bool has_upload = call.query("uploadId") != nullptr;
  if (call.key.size() > 1024) throw S3Error(400, "KeyTooLongError", "Your key is too long.");
  if (call.header("x-amz-copy-source")) throw not_implemented("copies");
  if (method == "PUT" && has_upload) return {"UploadPart", &Service::upload_part};
  if (method == "PUT") return {"PutObject", &Service::put_object};
  if (method == "POST" && has_upload) return {"CompleteMultipartUpload", &Service::complete_upload};
  if (method == "POST" && call.query("uploads")) {
    return {"CreateMultipartUpload", &Service::create_upload};
  }
  if (method == "GET" && has_upload) return {"ListParts", &Service::list_parts};
  if (method == "GET") return {"GetObject", &Service::get_object};
  if (method == "HEAD") return {"HeadObject", &Service::head_object};
  if (method == "DELETE" && has_upload) return {"AbortMultipartUpload", &Service::abort_upload};
  if (method == "DELETE") return {"DeleteObject", &Service::delete_object};
  throw not_implemented(method + " of an object");
}

ReceivedBody Service::receive(const Call& call) {
  if (!call.http.content_length) {
    throw S3Error(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
  }
  if (const auto* encoding = call.header("content-encoding");
      encoding != nullptr && encoding->find("aws-chunked") != std::string::npos) {
    throw not_implemented("aws-chunked bodies");
  }
  BodyReceiver receiver = store_.receive(call.header("x-amz-checksum-crc32c") != nullptr);
  std::vector<std::byte> buffer(kBodyBufferBytes);
  while (const std::size_t got = call.http.read_body(buffer)) {
    receiver.write(std::span(buffer).first(got));
  }
  ReceivedBody body = receiver.finish();
  if (call.payload_hash != kUnsignedPayload && call.payload_hash != to_hex(body.sha256)) {
    throw S3Error(400, "XAmzContentSHA256Mismatch",
                  "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  check_digest(call.header("content-md5"), to_base64(body.md5), "BadDigest", "Content-MD5");
  check_digest(call.header("x-amz-checksum-crc32c"), to_base64(body.crc32c), "BadDigest",
               "CRC-32C");
  check_digest(call.header("x-amz-checksum-sha256"), to_base64(body.sha256), "BadDigest",
               "SHA-256");
  return body;
}

std::string Service::receive_text(const Call& call, std::size_t limit) {
  std::string text;
  std::array<std::byte, 4096> buffer;
  while (const std::size_t got = call.http.read_body(buffer)) {
    if (got > limit - text.size()) {
      throw S3Error(400, "MalformedXML", "The body is larger than this operation can need.");
    }
    text.append(reinterpret_cast<const char*>(buffer.data()), got);
  }
  if (call.payload_hash != kUnsignedPayload &&
      call.payload_hash != to_hex(digest_of(HashKind::kSha256, text))) {
    throw S3Error(400, "XAmzContentSHA256Mismatch",
                  "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  return text;
}

ServiceResponse error_response(const S3Error& error, const std::string& resource) {
  ServiceResponse response;
  response.status = error.status();
  response.headers.emplace_back("content-type", "application/xml");
  response.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>" +
                  xml_element("Code", error.code()) + xml_element("Message", error.what()) +
                  xml_element("Resource", resource) + "</Error>";
  return response;
}

ServiceResponse xml_response(std::string_view root, std::string_view content) {
  ServiceResponse response;
  response.headers.emplace_back("content-type", "application/xml");
  response.body = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<{} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{}</{}>",
      root, content, root);
  return response;
}

std::string iso_time(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.000Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string http_time(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace splitscope::s3
