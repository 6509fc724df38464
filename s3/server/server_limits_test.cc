// What the server does with peers that are no clients of S3, and when it has nothing left.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "base/digest.h"
#include "base/errors.h"
#include "base/testing/temporary_folder.h"
#include "s3/server/testing/test_server.h"
#include "tests/catch.h"

namespace splitscope::s3 {
namespace {

using std::chrono::milliseconds;
using test::pattern_bytes;
using test::server_options;
using test::TestServer;

/// A connection of a peer's that may be no client.
class Peer {
 public:
  explicit Peer(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(fd_ >= 0);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  }
  ~Peer() { ::close(fd_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// Whether it still could be sent.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// What the server sent until it closed the connection; "still open" if it did not.
  std::string answer(milliseconds limit = milliseconds(20'000)) {
    std::string text;
    char buffer[4096];
    pollfd waited{fd_, POLLIN, 0};
    while (::poll(&waited, 1, static_cast<int>(limit.count())) > 0) {
      const ssize_t got = ::recv(fd_, buffer, sizeof(buffer), 0);
      if (got <= 0) return text;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return "still open";
  }
  /// Sends one byte each pause until the connection is closed, `most` times.
  std::string drip(char byte, milliseconds pause, int most) {
    for (int i = 0; i < most; ++i) {
      if (!send(std::string_view(&byte, 1))) break;
      pollfd waited{fd_, POLLIN, 0};
      if (::poll(&waited, 1, static_cast<int>(pause.count())) > 0) return answer();
    }
    return "still open";
  }

 private:
  int fd_;
};

int status_of(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}

int answer_to(TestServer& server, const std::string& text) {
  Peer peer(server->port());
  peer.send(text);
  const std::string answer = peer.answer();
  INFO(answer);
  CHECK(answer != "still open");
  return status_of(answer);
}

void check_that_it_serves(TestServer& server) {
  S3Client client(server.client_options());
  CHECK_NOTHROW(client.put_object("bucket", "key", memory_body(pattern_bytes(100))));
}

ConnectionLimits quick_limits() {
  ConnectionLimits limits;
  limits.header = milliseconds(300);
  limits.window = milliseconds(2000);
  limits.window_bytes = 20'000;
  limits.drip_window = milliseconds(500);
  limits.drip_window_bytes = 5'000;
  limits.drain = milliseconds(200);
  return limits;
}

TEST_CASE("what is no HTTP is answered 400", "[s3]") {
  TestServer server;
  const std::string host = "Host: h\r\n";
  for (
      const std::string text : {
          "GET\r\n\r\n",
          "\r\n\r\n\r\n",
          "GET /\r\n\r\n",
          "GET / HTTP/1.1 x\r\nHost: h\r\n\r\n",
          "\x16\x03\x01 nonsense\r\n\r\n",
          "GET / HTTP/9.9\r\nHost: h\r\n\r\n",
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
          "GET / HTTP/1.1\nHost: h\n\n",
          "GET / HTTP/1.1\r\nno colon\r\n\r\n",
          "GET / HTTP/1.1\r\n: empty\r\n\r\n",
          "GET / HTTP/1.1\r\nna me: x\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n",
          "GET / HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
          "G@T / HTTP/1.1\r\nHost: h\r\n\r\n",
          "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
          "PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
          "PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
          "PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1 2\r\n\r\n",
          "PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n",
          "PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n",
          "PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
          "PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          "PUT /b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
          "PUT /b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n",
          "PUT /b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
          "PUT /b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
          "chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n",
          "PUT /b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
          "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
      }) {
    INFO(text);
    CHECK(answer_to(server, text) == 400);
  }
  for (const char* target : {"nonsense", "/%zz", "*"}) {
    INFO(target);
    CHECK(answer_to(server, "GET " + std::string(target) + " HTTP/1.1\r\nConnection: close\r\n" +
                                host + "\r\n") == 400);
  }
  CHECK(answer_to(server, "GET / HTTP/1.1\r\n" + host + "x: " + std::string(100'000, 'a') +
                              "\r\n\r\n") == 431);
  std::string many = "GET / HTTP/1.1\r\n" + host;
  for (int i = 0; i < 5000; ++i) many += "x" + std::to_string(i) + ": y\r\n";
  CHECK(answer_to(server, many + "\r\n") == 431);
  for (const char* method : {"PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"}) {
    INFO(method);
    CHECK(answer_to(server, std::string(method) + " /b/k HTTP/1.1\r\nConnection: close\r\n" + host +
                                "\r\n") == 405);
  }
  check_that_it_serves(server);
}

TEST_CASE("headers have a limit, however they come", "[s3]") {
  auto options = server_options();
  options.limits = quick_limits();
  TestServer server(options);
  SECTION("nothing") {
    Peer peer(server->port());
    CHECK(peer.answer().empty());
  }
  SECTION("the beginning") {
    Peer peer(server->port());
    peer.send("GET / HTTP/1.1\r\nHo");
    const std::string answer = peer.answer();
    CHECK(status_of(answer) == 400);
    CHECK_THAT(answer, test::contains("RequestTimeout"));
  }
  SECTION("a byte now and then") {
    Peer peer(server->port());
    peer.send("GET / HTTP/1.1\r\nx: ");
    CHECK(peer.drip('x', milliseconds(20), 500) != "still open");
  }
  check_that_it_serves(server);
}

/// A header that the server takes, so that it waits for `length_bytes` of a body.
std::string signed_put(std::uint64_t length_bytes) {
  const std::string time =
      format_time(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  SignableRequest request{"PUT",
                          "/bucket/slow",
                          {},
                          {{"host", "h"},
                           {"x-amz-content-sha256", std::string(kUnsignedPayload)},
                           {"x-amz-date", time}},
                          std::string(kUnsignedPayload)};
  std::string text = "PUT /bucket/slow HTTP/1.1\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  text += "authorization: " +
          authorization(request, {time, "us-east-1", "s3"}, test::kTestCredentials) + "\r\n";
  return text + "content-length: " + std::to_string(length_bytes) + "\r\n\r\n";
}

TEST_CASE("bodies have a least rate", "[s3]") {
  const test::TemporaryFolder folder;
  auto options = server_options();
  options.folder = folder.path() / "objects";
  options.limits = quick_limits();
  TestServer server(options);
  SECTION("nothing comes") {
    Peer peer(server->port());
    peer.send(signed_put(1000));
    CHECK(status_of(peer.answer()) == 400);
  }
  SECTION("a byte now and then") {
    Peer peer(server->port());
    peer.send(signed_put(1'000'000));
    CHECK(status_of(peer.drip('x', milliseconds(20), 1000)) == 400);
  }
  SECTION("slow, but quick enough") {
    Peer peer(server->port());
    peer.send(signed_put(40 * 1000));
    for (int i = 0; i < 40; ++i) {
      CHECK(peer.send(std::string(1000, 'x')));
      std::this_thread::sleep_for(milliseconds(50));
    }
    peer.send("GET\r\n\r\n");
    CHECK(status_of(peer.answer()) == 200);
  }
  SECTION("a pause that is no drip") {
    Peer peer(server->port());
    peer.send(signed_put(40'000) + std::string(30'000, 'x'));
    std::this_thread::sleep_for(milliseconds(1000));
    peer.send(std::string(10'000, 'x') + "GET\r\n\r\n");
    CHECK(status_of(peer.answer()) == 200);
  }
  server->stop();
  CHECK(std::filesystem::is_empty(folder.path() / "objects" / ".incoming"));
}

TEST_CASE("a server that ran out of descriptors serves again", "[s3]") {
  const test::TemporaryFolder folder;
  auto options = server_options();
  options.folder = folder.path() / "objects";
  // More than there will be descriptors for.
  options.limits.connections = 1000;
  TestServer server(options);
  check_that_it_serves(server);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  // Kept for this test's own ends; the server gets what is left.
  std::vector<int> taken;
  {
    std::vector<std::unique_ptr<Peer>> flood;
    rlimit low = before;
    low.rlim_cur = 120;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    for (int i = 0; i < 50; ++i) flood.push_back(std::make_unique<Peer>(server->port()));
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken.push_back(fd);
    ::close(taken.back());
    taken.pop_back();
    flood.erase(flood.begin(), flood.begin() + 10);
    // While there is none left: an answer or a wait, but no wrong one.
    flood.front()->send(signed_put(5) + "hello");
    const std::string answer = flood.front()->answer(milliseconds(3000));
    CHECK((answer == "still open" || status_of(answer) == 200 || status_of(answer) == 503 ||
           answer.empty()));
  }
  for (const int fd : taken) ::close(fd);
  check_that_it_serves(server);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  check_that_it_serves(server);
  server->stop();
  CHECK(std::filesystem::is_empty(folder.path() / "objects" / ".incoming"));
}

TEST_CASE("more connections than there may be wait or take an idle one's place", "[s3]") {
  auto options = server_options();
  options.limits.connections = 3;
  TestServer server(options);
  std::vector<std::unique_ptr<Peer>> idle;
  for (int i = 0; i < 30; ++i) idle.push_back(std::make_unique<Peer>(server->port()));
  check_that_it_serves(server);
}

TEST_CASE("a server stops at once, whatever its connections do", "[s3]") {
  auto options = server_options();
  options.faults = {parse_s3_fault("HeadBucket:1:delay=600000ms"),
                    parse_s3_fault("HeadObject:1:drip")};
  TestServer server(options);
  Peer begun(server->port());
  begun.send("GET / HTTP/1.1\r\n");
  Peer body(server->port());
  body.send(signed_put(1'000'000) + "x");
  std::thread delayed([&] {
    S3Client client(server.client_options());
    CHECK_FALSE(client.lacks_bucket("bucket"));
  });
  std::thread dripping([&] {
    auto client_options = server.client_options();
    client_options.attempts = 1;
    S3Client client(client_options);
    CHECK_THROWS_AS(client.head_object("bucket", "key"), S3Error);
  });
  while (server->requests("HeadBucket") + server->requests("HeadObject") < 2) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  server->stop();
  delayed.join();
  dripping.join();
}

TEST_CASE("a folder is taken over from a server that is no longer, and from no other", "[s3]") {
  const test::TemporaryFolder folder;
  auto options = server_options();
  options.folder = folder.path() / "objects";
  const auto content = pattern_bytes(100'000);
  {
    TestServer server(options);
    S3Client client(server.client_options());
    client.put_object("bucket", "a/b c", memory_body(content));
    CHECK_THROWS_WITH(S3Server(options), test::contains("another S3 server"));
  }
  // What a server that was killed leaves.
  std::ofstream(folder.path() / "objects" / ".incoming" / "17") << "half";
  {
    TestServer server(options);
    CHECK(std::filesystem::is_empty(folder.path() / "objects" / ".incoming"));
    S3Client client(server.client_options());
    CHECK(client.head_object("bucket", "a/b c").sha256 ==
          to_hex(digest_of(HashKind::kSha256,
                           {reinterpret_cast<const char*>(content.data()), content.size()})));
    client.put_object("bucket", "a/b c", memory_body({}));
    CHECK(client.head_object("bucket", "a/b c").length_bytes == 0);
  }
  // A mark that says nothing is nobody's.
  std::ofstream(folder.path() / "objects" / ".s3-server") << "something else";
  CHECK_THROWS_AS(S3Server(options), UsageError);
  CHECK(std::filesystem::exists(folder.path() / "objects" / "bucket"));
}

TEST_CASE("open uploads of a key, page by page", "[s3]") {
  TestServer server;
  S3Client client(server.client_options());
  std::vector<std::string> ids;
  for (int i = 0; i < 1100; ++i) ids.push_back(client.create_multipart_upload("bucket", "key"));
  static_cast<void>(client.create_multipart_upload("bucket", "key2"));
  static_cast<void>(client.create_multipart_upload("bucket", "ke"));
  const auto open = client.list_multipart_uploads("bucket", "key");
  CHECK(open.size() == ids.size());
  CHECK(std::all_of(open.begin(), open.end(),
                    [](const S3OpenUpload& upload) { return upload.key == "key"; }));
  CHECK(open.front().id == ids.front());
  CHECK(open.back().id == ids.back());
  CHECK_FALSE(open.front().initiated.empty());
  CHECK(client.list_multipart_uploads("bucket", "other").empty());
}

TEST_CASE("an upload that is aborted while its completion fails does not come back", "[s3]") {
  const test::TemporaryFolder folder;
  StoreOptions options;
  options.storage = Storage::kDisk;
  options.folder = folder.path() / "objects";
  options.minimum_part_bytes = 1;
  ObjectStore store(options);
  const std::string id = store.create_upload("bucket", "key", "", {});
  BodyReceiver receiver = store.receive(false);
  receiver.write(pattern_bytes(1000));
  const std::string etag = store.put_part("bucket", "key", id, 1, receiver.finish());
  // The part's file is a pipe, so putting it together waits for as long as the test likes.
  std::filesystem::path part;
  for (const auto& entry : std::filesystem::directory_iterator(options.folder / ".incoming")) {
    part = entry.path();
  }
  std::filesystem::remove(part);
  REQUIRE(::mkfifo(part.c_str(), 0600) == 0);
  std::thread completing([&] {
    CHECK_THROWS_AS(store.complete_upload("bucket", "key", id, {{1, etag}}), TruncatedFile);
  });
  const int writer = ::open(part.c_str(), O_WRONLY | O_CLOEXEC);
  CHECK_NOTHROW(store.abort_upload("bucket", "key", id));
  ::close(writer);
  completing.join();
  CHECK(store.list_uploads("bucket").empty());
  CHECK(std::filesystem::is_empty(options.folder / ".incoming"));
}

}  // namespace
}  // namespace splitscope::s3
