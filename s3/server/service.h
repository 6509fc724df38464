// What the loopback server does with a request, apart from the HTTP it came in.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "s3/protocol/http_message.h"
#include "s3/protocol/uri.h"
#include "s3/server/fault.h"
#include "s3/server/object_store.h"
#include "s3/signing/sigv4.h"

namespace splitscope::s3 {

struct ServiceRequest {
  std::string method;
  /// As in the request line.
  std::string target;
  Headers headers;
  /// Absent when there is no Content-Length.
  std::optional<std::uint64_t> content_length;
  /// Next piece of the body into the buffer; 0 at the end. Throws when the connection breaks.
  std::function<std::size_t(std::span<std::byte>)> read_body;
};

/// An open file of which a range is sent. Owns the descriptor.
class FileSlice {
 public:
  FileSlice(int fd, std::uint64_t offset, std::uint64_t length_bytes)
      : fd_(fd), offset_(offset), length_bytes_(length_bytes) {}
  FileSlice(FileSlice&& other) noexcept;
  FileSlice& operator=(FileSlice&&) = delete;
  FileSlice(const FileSlice&) = delete;
  FileSlice& operator=(const FileSlice&) = delete;
  ~FileSlice();

  [[nodiscard]] std::uint64_t length_bytes() const { return length_bytes_; }
  void narrow(std::uint64_t offset, std::uint64_t length_bytes) {
    offset_ += offset;
    length_bytes_ = length_bytes;
  }
  /// Bytes `at`... of the slice into the buffer; how many. Errors: std::system_error,
  /// TruncatedFile.
  [[nodiscard]] std::size_t read(std::uint64_t at, std::span<std::byte> buffer) const;

 private:
  int fd_;
  std::uint64_t offset_;
  std::uint64_t length_bytes_;
};

struct ServiceResponse {
  int status = 200;
  Headers headers;
  std::string body;
  /// Instead of `body`.
  std::optional<FileSlice> file;
  /// What a HEAD says the length is, without sending it.
  std::optional<std::uint64_t> head_length;
  /// Close the connection and answer nothing.
  bool drop = false;
  /// Answer a byte now and then, without end.
  bool drip = false;
};

struct ServiceOptions {
  StoreOptions store;
  Credentials credentials;
  std::vector<S3Fault> faults;
  std::function<std::chrono::system_clock::time_point()> clock;
};

/// Thread-safe. handle() throws only what read_body throws; all else becomes a response.
class Service {
 public:
  explicit Service(ServiceOptions options);
  [[nodiscard]] ServiceResponse handle(const ServiceRequest& request);
  [[nodiscard]] ObjectStore& store() { return store_; }
  /// Waits, unless stop() is called; whether it was not.
  bool sleep(std::chrono::milliseconds time);
  /// Whoever sleeps wakes up.
  void stop();
  /// Signed requests so far.
  [[nodiscard]] std::uint64_t requests(const std::string& operation) const {
    return faults_.requests(operation);
  }

 private:
  /// One authenticated request.
  struct Call {
    const ServiceRequest& http;
    Target target;
    std::string bucket;
    std::string key;
    std::string payload_hash;

    [[nodiscard]] const std::string* query(std::string_view name) const {
      return find_value(target.query, name);
    }
    [[nodiscard]] const std::string* header(std::string_view name) const {
      return find_value(http.headers, name);
    }
  };
  using Operation = ServiceResponse (Service::*)(const Call&);
  struct Route {
    const char* name;
    Operation operation;
  };

  [[nodiscard]] ServiceResponse authenticate_and_route(const ServiceRequest& request);
  [[nodiscard]] static Route route(const Call& call);
  [[nodiscard]] static Route route_bucket(const Call& call);
  [[nodiscard]] static Route route_key(const Call& call);

  ServiceResponse create_bucket(const Call& call);
  ServiceResponse head_bucket(const Call& call);
  ServiceResponse get_bucket_location(const Call& call);
  ServiceResponse list_objects(const Call& call);
  ServiceResponse list_uploads(const Call& call);
  ServiceResponse put_object(const Call& call);
  ServiceResponse head_object(const Call& call);
  ServiceResponse get_object(const Call& call);
  ServiceResponse delete_object(const Call& call);
  ServiceResponse create_upload(const Call& call);
  ServiceResponse upload_part(const Call& call);
  ServiceResponse complete_upload(const Call& call);
  ServiceResponse abort_upload(const Call& call);
  ServiceResponse list_parts(const Call& call);

  /// Takes the body in, checks it against every digest that the request names.
  [[nodiscard]] ReceivedBody receive(const Call& call);
  /// The whole of a small body, as text.
  [[nodiscard]] static std::string receive_text(const Call& call, std::size_t limit);

  ObjectStore store_;
  Credentials credentials_;
  FaultPlan faults_;
  std::function<std::chrono::system_clock::time_point()> clock_;
  std::mutex sleep_mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false;
};

/// The XML document that S3 answers an error with.
[[nodiscard]] ServiceResponse error_response(const S3Error& error, const std::string& resource);

/// A response with an XML body; `content` is what stands inside of `root`.
[[nodiscard]] ServiceResponse xml_response(std::string_view root, std::string_view content);

/// "2013-05-24T00:00:00.000Z" and "Fri, 24 May 2013 00:00:00 GMT".
[[nodiscard]] std::string iso_time(std::chrono::system_clock::time_point time);
[[nodiscard]] std::string http_time(std::chrono::system_clock::time_point time);

/// What a Range header asks for of `length_bytes` bytes: offset and length; nothing when the header
/// is malformed or names several ranges, which S3 ignores. Errors: S3Error InvalidRange.
[[nodiscard]] std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_range(
    std::string_view header, std::uint64_t length_bytes);

}  // namespace splitscope::s3
