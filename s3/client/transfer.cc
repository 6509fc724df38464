#include "s3/client/transfer.h"

#include <algorithm>
#include <new>
#include <stdexcept>

#include <fmt/format.h>

namespace splitscope::s3 {
namespace {

/// libcurl allocates one per upload; its own default, fixed so that heap figures do not change with
/// libcurl's version.
constexpr long kUploadBufferBytes = 64 * 1024;

/// An answer without a sink is an error or a short document; more is not kept.
constexpr std::size_t kLargestKeptBody = 4 * 1024 * 1024;

/// libcurl wants one initialisation before the first handle.
void initialize_curl() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

CURL* make_handle() {
  initialize_curl();
  CURL* handle = curl_easy_init();
  if (handle == nullptr) throw std::bad_alloc();
  return handle;
}

[[noreturn]] void fail(CURLMcode result) {
  if (result == CURLM_OUT_OF_MEMORY) throw std::bad_alloc();
  throw std::runtime_error(std::string("libcurl: ") + curl_multi_strerror(result));
}

template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
  const CURLcode result = curl_easy_setopt(handle, option, value);
  if (result == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (result != CURLE_OK) {
    throw std::runtime_error("libcurl refuses an option: " +
                             std::string(curl_easy_strerror(result)));
  }
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

Transfer::Transfer(const TransferOptions& options) : options_(options), handle_(make_handle()) {}

void Transfer::append_header(const std::string& line) {
  curl_slist* list = curl_slist_append(headers_.get(), line.c_str());
  if (list == nullptr) throw std::bad_alloc();
  static_cast<void>(headers_.release());
  headers_.reset(list);
}

void Transfer::prepare(const HttpRequest& request) {
  request_ = &request;
  response_ = {};
  error_ = nullptr;
  reader_.reset();
  headers_.reset();
  for (const auto& [name, value] : request.headers)
    append_header(fmt::format("{}: {}", name, value));
  // Neither "100-continue", which costs a round trip, nor a content type that nobody signed.
  append_header("Expect:");

  CURL* handle = handle_.get();
  curl_easy_reset(handle);
  set(handle, CURLOPT_URL, request.url.c_str());
  set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  // No proxy from the environment: requests go where the endpoint says.
  set(handle, CURLOPT_NOPROXY, "*");
  // Keys may hold "..".
  set(handle, CURLOPT_PATH_AS_IS, 1L);
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  if (request.limit.count() > 0) {
    set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.limit.count()));
  }
  set(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stall_timeout.count()));
  set(handle, CURLOPT_HTTPHEADER, headers_.get());
  set(handle, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(handle, CURLOPT_HEADERDATA, this);
  set(handle, CURLOPT_WRITEFUNCTION, &Transfer::on_write);
  set(handle, CURLOPT_WRITEDATA, this);
  set(handle, CURLOPT_PREREQFUNCTION, &Transfer::on_sending);
  set(handle, CURLOPT_PREREQDATA, this);
  if (request.body != nullptr) {
    reader_.emplace(*request.body);
    set(handle, CURLOPT_UPLOAD, 1L);
    set(handle, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferBytes);
    set(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body->length_bytes));
    set(handle, CURLOPT_READFUNCTION, &Transfer::on_read);
    set(handle, CURLOPT_READDATA, this);
    set(handle, CURLOPT_SEEKFUNCTION, &Transfer::on_seek);
    set(handle, CURLOPT_SEEKDATA, this);
  } else if (request.method == "HEAD") {
    set(handle, CURLOPT_NOBODY, 1L);
  } else {
    set(handle, CURLOPT_HTTPGET, 1L);
  }
  if (request.method != "HEAD") set(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

HttpResponse Transfer::finish(CURLcode result) {
  long status = 0;
  curl_off_t sent = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle_.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
  reader_.reset();
  request_ = nullptr;
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  response_.sent_bytes = static_cast<std::uint64_t>(sent);
  response_.status = static_cast<int>(status);
  if (result != CURLE_OK) {
    // An answer of 4xx or 5xx counts although the connection broke behind it.
    if (status < 400) response_.status = 0;
    response_.transport_error = curl_easy_strerror(result);
  }
  return std::move(response_);
}

void Transfer::abandon() noexcept {
  reader_.reset();
  request_ = nullptr;
  error_ = nullptr;
}

int Transfer::on_sending(void* self, char* /*to*/, char* /*from*/, int /*to_port*/,
                         int /*from_port*/) {
  ++static_cast<Transfer*>(self)->response_.sendings;
  return CURL_PREREQFUNC_OK;
}

std::size_t Transfer::on_read(char* buffer, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    return transfer.reader_->read({reinterpret_cast<std::byte*>(buffer), size * count});
  } catch (...) {
    transfer.error_ = std::current_exception();
    return CURL_READFUNC_ABORT;
  }
}

int Transfer::on_seek(void* self, curl_off_t offset, int origin) {
  // libcurl rewinds when a reused connection turned out to be dead.
  if (offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  auto& transfer = *static_cast<Transfer*>(self);
  transfer.reader_->rewind();
  ++transfer.response_.resent;
  return CURL_SEEKFUNC_OK;
}

std::size_t Transfer::on_header(char* line, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    transfer.take_header({line, size * count});
    return size * count;
  } catch (...) {
    transfer.error_ = std::current_exception();
    return 0;
  }
}

std::size_t Transfer::on_write(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    transfer.take_body({reinterpret_cast<const std::byte*>(bytes), size * count});
    return size * count;
  } catch (...) {
    transfer.error_ = std::current_exception();
    return 0;
  }
}

void Transfer::take_header(std::string_view line) {
  // A status line begins a new answer, after "100 Continue" for example.
  if (line.starts_with("HTTP/")) {
    response_.headers.clear();
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string_view value = line.substr(colon + 1);
  const std::size_t first = value.find_first_not_of(" \t\r\n");
  value = first == std::string_view::npos
              ? std::string_view()
              : value.substr(first, value.find_last_not_of(" \t\r\n") - first + 1);
  response_.headers.emplace_back(lower_case(line.substr(0, colon)), value);
}

void Transfer::take_body(std::span<const std::byte> bytes) {
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (request_->sink && status >= 200 && status < 300) {
    response_.received_bytes += bytes.size();
    request_->sink(bytes);
    return;
  }
  const std::size_t room = kLargestKeptBody - response_.body.size();
  response_.body.append(reinterpret_cast<const char*>(bytes.data()), std::min(room, bytes.size()));
}

TransferGroup::TransferGroup(std::size_t size, const TransferOptions& options)
    : is_active_(size, false) {
  initialize_curl();
  multi_.reset(curl_multi_init());
  if (!multi_) throw std::bad_alloc();
  transfers_.reserve(size);
  for (std::size_t slot = 0; slot < size; ++slot) {
    transfers_.push_back(std::make_unique<Transfer>(options));
  }
}

TransferGroup::~TransferGroup() { stop_all(); }

void TransferGroup::start(std::size_t slot, const HttpRequest& request) {
  Transfer& transfer = *transfers_[slot];
  transfer.prepare(request);
  const CURLMcode result = curl_multi_add_handle(multi_.get(), transfer.handle());
  if (result != CURLM_OK) fail(result);
  is_active_[slot] = true;
}

void TransferGroup::wait(std::chrono::milliseconds timeout,
                         const std::function<void(std::size_t slot, HttpResponse)>& done) {
  int running = 0;
  CURLMcode result = curl_multi_perform(multi_.get(), &running);
  if (result == CURLM_OK) {
    bool is_any_done = false;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      is_any_done = true;
      // The message is gone once the handle is removed.
      CURL* handle = message->easy_handle;
      const CURLcode code = message->data.result;
      const auto found =
          std::find_if(transfers_.begin(), transfers_.end(),
                       [handle](const auto& transfer) { return transfer->handle() == handle; });
      const auto slot = static_cast<std::size_t>(found - transfers_.begin());
      curl_multi_remove_handle(multi_.get(), handle);
      is_active_[slot] = false;
      done(slot, transfers_[slot]->finish(code));
    }
    if (is_any_done) return;
    result = curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(timeout.count()), nullptr);
  }
  if (result != CURLM_OK) fail(result);
}

void TransferGroup::stop_all() noexcept {
  for (std::size_t slot = 0; slot < transfers_.size(); ++slot) {
    if (is_active_[slot]) curl_multi_remove_handle(multi_.get(), transfers_[slot]->handle());
    transfers_[slot]->abandon();
    is_active_[slot] = false;
  }
}

}  // namespace splitscope::s3
