// HTTP requests over libcurl: a few reused handles driven from one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <curl/curl.h>

#include "s3/client/body_source.h"
#include "s3/protocol/http_message.h"

namespace splitscope::s3 {

struct TransferOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  /// Without a byte either way for so long, a request fails.
  std::chrono::seconds stall_timeout{300};
};

struct HttpRequest {
  std::string method;
  std::string url;
  Headers headers;
  /// Null: no body. Must outlive the transfer.
  const BodySource* body = nullptr;
  /// Gets the body of a response of 2xx in pieces; without it, HttpResponse::body does.
  std::function<void(std::span<const std::byte>)> sink;
  /// For all of it; 0: none.
  std::chrono::milliseconds limit{0};
};

struct HttpResponse {
  /// 0 when none came.
  int status = 0;
  Headers headers;
  std::string body;
  /// Why none came, in libcurl's words; no header of the request is in it.
  std::string transport_error;
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  /// How often libcurl sent the body anew by itself, because a reused connection had died.
  std::uint64_t resent = 0;
  /// How often the request was about to be sent: again when a reused connection had died, with or
  /// without the server having seen it.
  std::uint64_t sendings = 0;
};

/// One reused libcurl handle. Not movable: libcurl keeps its address.
class Transfer {
 public:
  explicit Transfer(const TransferOptions& options);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  [[nodiscard]] CURL* handle() const { return handle_.get(); }
  /// `request` must outlive the transfer.
  void prepare(const HttpRequest& request);
  /// Call when libcurl says that it is done. Errors: what the body source or the sink threw.
  [[nodiscard]] HttpResponse finish(CURLcode result);
  /// Lets go of the request and of its body instead.
  void abandon() noexcept;

 private:
  struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  static int on_sending(void* self, char* to, char* from, int to_port, int from_port);
  static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self);
  static std::size_t on_write(char* bytes, std::size_t size, std::size_t count, void* self);
  void append_header(const std::string& line);
  void take_header(std::string_view line);
  void take_body(std::span<const std::byte> bytes);

  TransferOptions options_;
  std::unique_ptr<CURL, FreeHandle> handle_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  const HttpRequest* request_ = nullptr;
  std::optional<BodyReader> reader_;
  HttpResponse response_;
  std::exception_ptr error_;
};

/// A set of transfers that go on at once. Single-threaded.
class TransferGroup {
 public:
  TransferGroup(std::size_t size, const TransferOptions& options);
  TransferGroup(const TransferGroup&) = delete;
  TransferGroup& operator=(const TransferGroup&) = delete;
  ~TransferGroup();

  [[nodiscard]] std::size_t size() const { return transfers_.size(); }
  void start(std::size_t slot, const HttpRequest& request);
  /// Waits until something happened or `timeout` passed; hands over what is done.
  void wait(std::chrono::milliseconds timeout,
            const std::function<void(std::size_t slot, HttpResponse)>& done);
  /// Breaks off whatever is going on.
  void stop_all() noexcept;

 private:
  struct FreeMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  std::unique_ptr<CURLM, FreeMulti> multi_;
  std::vector<std::unique_ptr<Transfer>> transfers_;
  std::vector<bool> is_active_;
};

}  // namespace splitscope::s3
