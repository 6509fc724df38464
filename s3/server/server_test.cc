// What the server says to requests that our client would not send.
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/digest.h"
#include "s3/protocol/xml.h"
#include "s3/server/service.h"
#include "s3/server/testing/test_server.h"
#include "s3/signing/crc32c.h"
#include "tests/catch.h"

namespace splitscope::s3 {
namespace {

using test::server_options;
using test::TestServer;

const std::string kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// A request written by hand, with everything about it open to change.
struct RawRequest {
  std::string method = "PUT";
  std::string target = "/bucket/key";
  std::string body;
  std::string payload_hash;
  std::string time = format_time(now());
  Credentials credentials = test::kTestCredentials;
  std::string service = "s3";
  Headers signed_extra;
  Headers unsigned_extra;
  /// Instead of the right one.
  std::string authorization;
  bool has_authorization = true;
  bool has_payload_hash = true;
};

std::string send_raw(std::uint16_t port, const std::string& text) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::string answer;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = ::recv(fd, buffer, sizeof(buffer), 0)) > 0) {
    answer.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(fd);
  return answer;
}

std::string send(std::uint16_t port, const RawRequest& raw) {
  const std::string hash_value =
      raw.payload_hash.empty() ? to_hex(digest_of(HashKind::kSha256, raw.body)) : raw.payload_hash;
  const auto target = parse_target(raw.target);
  SignableRequest request{raw.method,
                          target ? target->path : "/",
                          target ? target->query : Query{},
                          {{"host", "127.0.0.1"}, {"x-amz-date", raw.time}},
                          hash_value};
  if (raw.has_payload_hash) request.headers.emplace_back("x-amz-content-sha256", hash_value);
  for (const auto& header : raw.signed_extra) request.headers.push_back(header);
  std::string text = raw.method + " " + raw.target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : request.headers)
    text.append(name).append(": ").append(value).append("\r\n");
  for (const auto& [name, value] : raw.unsigned_extra)
    text.append(name).append(": ").append(value).append("\r\n");
  if (raw.has_authorization) {
    text += "Authorization: " +
            (raw.authorization.empty()
                 ? authorization(request, {raw.time, "us-east-1", raw.service}, raw.credentials)
                 : raw.authorization) +
            "\r\n";
  }
  text += "Connection: close\r\nContent-Length: " + std::to_string(raw.body.size()) + "\r\n\r\n" +
          raw.body;
  return send_raw(port, text);
}

int status_of(const std::string& answer) {
  return answer.size() > 12 ? std::stoi(answer.substr(9, 3)) : 0;
}

std::string code_of(const std::string& answer) {
  const std::size_t begin = answer.find("<?xml");
  if (begin == std::string::npos) return {};
  return first_text(answer.substr(begin), "Code").value_or("");
}

struct Answer {
  int status;
  std::string code;
  bool operator==(const Answer&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Answer& answer) {
  return out << answer.status << " " << answer.code;
}

TEST_CASE("who may not, and why", "[s3]") {
  TestServer server;
  const auto answer_to = [&](const RawRequest& raw) {
    const std::string answer = send(server->port(), raw);
    INFO(answer);
    CHECK(answer.find(test::kTestCredentials.secret_key) == std::string::npos);
    return Answer{status_of(answer), code_of(answer)};
  };
  RawRequest good;
  good.body = "hello";
  REQUIRE(answer_to(good) == Answer{200, ""});

  RawRequest raw = good;
  raw.has_authorization = false;
  CHECK(answer_to(raw) == Answer{403, "AccessDenied"});
  raw.target = "/bucket/key?X-Amz-Signature=0";
  CHECK(answer_to(raw) == Answer{403, "AccessDenied"});

  raw = good;
  raw.credentials.secret_key = "another";
  CHECK(answer_to(raw) == Answer{403, "SignatureDoesNotMatch"});

  raw = good;
  raw.credentials.access_key = "another";
  CHECK(answer_to(raw) == Answer{403, "InvalidAccessKeyId"});

  raw = good;
  raw.authorization = "Basic abc";
  CHECK(answer_to(raw) == Answer{400, "AuthorizationHeaderMalformed"});
  raw = good;
  raw.service = "ec2";
  CHECK(answer_to(raw) == Answer{400, "AuthorizationHeaderMalformed"});

  raw = good;
  raw.payload_hash = to_hex(digest_of(HashKind::kSha256, "other"));
  CHECK(answer_to(raw) == Answer{400, "XAmzContentSHA256Mismatch"});
  raw.payload_hash = "UNSIGNED-PAYLOAD";
  CHECK(answer_to(raw) == Answer{200, ""});
  raw.payload_hash = "abc";
  CHECK(answer_to(raw) == Answer{400, "InvalidArgument"});
  raw.payload_hash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
  CHECK(answer_to(raw) == Answer{501, "NotImplemented"});
  raw.payload_hash.clear();
  raw.has_payload_hash = false;
  CHECK(answer_to(raw) == Answer{400, "InvalidRequest"});

  raw = good;
  raw.unsigned_extra = {{"x-amz-meta-a", "1"}};
  CHECK(answer_to(raw) == Answer{403, "AccessDenied"});
  raw.unsigned_extra = {{"user-agent", "anything"}};
  CHECK(answer_to(raw) == Answer{200, ""});

  raw = good;
  raw.target = "/bucket/%zz";
  CHECK(answer_to(raw) == Answer{400, "InvalidURI"});
  raw.target = "/bucket/key?acl";
  CHECK(answer_to(raw) == Answer{501, "NotImplemented"});
  raw.target = "/";
  CHECK(answer_to(raw) == Answer{501, "NotImplemented"});
}

TEST_CASE("clocks may differ by a quarter of an hour", "[s3]") {
  TestServer server;
  for (const auto& [minutes, expected] :
       std::vector<std::pair<int, Answer>>{{-14, {200, ""}},
                                           {14, {200, ""}},
                                           {-16, {403, "RequestTimeTooSkewed"}},
                                           {16, {403, "RequestTimeTooSkewed"}}}) {
    INFO(minutes);
    RawRequest raw;
    raw.time = format_time(now() + std::chrono::minutes(minutes));
    const std::string answer = send(server->port(), raw);
    CHECK(Answer{status_of(answer), code_of(answer)} == expected);
  }
  auto options = server_options();
  options.clock = [] { return std::chrono::system_clock::now() + std::chrono::hours(1); };
  TestServer late(options);
  S3Client client(late.client_options());
  try {
    client.create_bucket("bucket");
    FAIL("took a request from another hour");
  } catch (const S3Error& error) {
    CHECK(error.code() == "RequestTimeTooSkewed");
  }
}

TEST_CASE("digests that a request names are checked", "[s3]") {
  TestServer server;
  // CRC-32C of "123456789" is 0xE3069283, the check value of the algorithm.
  const std::vector<std::pair<std::string, std::string>> good = {
      {"content-md5", "JfnnlDI7RTiF9RgfG2JNCw=="},
      {"x-amz-checksum-crc32c", "4waSgw=="},
      {"x-amz-checksum-sha256", to_base64(digest_of(HashKind::kSha256, "123456789"))}};
  for (const auto& header : good) {
    INFO(header.first);
    RawRequest raw;
    raw.body = "123456789";
    raw.signed_extra = {header};
    CHECK(status_of(send(server->port(), raw)) == 200);
    raw.signed_extra[0].second[0] = 'X';
    const std::string answer = send(server->port(), raw);
    CHECK(Answer{status_of(answer), code_of(answer)} == Answer{400, "BadDigest"});
  }
}

TEST_CASE("parts that cannot be", "[s3]") {
  TestServer server;
  S3Client client(server.client_options());
  const std::string id = client.create_multipart_upload("bucket", "key");
  const auto answer_to = [&](const std::string& method, const std::string& target,
                             const std::string& body) {
    RawRequest raw;
    raw.method = method;
    raw.target = target;
    raw.body = body;
    const std::string answer = send(server->port(), raw);
    return Answer{status_of(answer), code_of(answer)};
  };
  const std::string upload = "uploadId=" + id;
  for (const char* number : {"0", "10001", "-1", "x", ""}) {
    CHECK(answer_to("PUT", "/bucket/key?partNumber=" + std::string(number) + "&" + upload, "b") ==
          Answer{400, "InvalidArgument"});
  }
  CHECK(answer_to("PUT", "/bucket/key?" + upload, "b") == Answer{400, "InvalidArgument"});
  CHECK(answer_to("PUT", "/bucket/other?partNumber=1&" + upload, "b") ==
        Answer{404, "NoSuchUpload"});
  CHECK(answer_to("PUT", "/bucket/key?partNumber=10000&" + upload, "b") == Answer{200, ""});
  for (const char* document :
       {"", "nonsense", "<a", "<!DOCTYPE x>", "<Part/>", "<Part><PartNumber>1</PartNumber></Part>",
        "<Part><PartNumber>0</PartNumber><ETag>a</ETag></Part>", "&unknown;", "<a>&#xFFFFFFFF;"}) {
    INFO(document);
    CHECK(answer_to("POST", "/bucket/key?" + upload, document) == Answer{400, "MalformedXML"});
  }
  const std::string part = "<Part><ETag>\"92eb5ffee6ae2fec3ad71c777531578f\"</ETag>";
  CHECK(answer_to("POST", "/bucket/key?" + upload,
                  "<C>" + part + "<PartNumber>10000</PartNumber></Part>" + part +
                      "<PartNumber>9</PartNumber></Part></C>") == Answer{400, "InvalidPartOrder"});
  // Deep nesting costs nothing.
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += "<a>";
  CHECK(answer_to("POST", "/bucket/key?" + upload, deep) == Answer{400, "MalformedXML"});
}

TEST_CASE("what is no request of S3 does no harm", "[s3]") {
  TestServer server;
  for (const char* text :
       {"\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01", "PUT /b/k HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "PUT /bucket/key HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n"}) {
    send_raw(server->port(), std::string(text) + "Connection: close\r\n\r\n");
  }
  send_raw(server->port(), "GET / HTTP/1.1\r\nx: " + std::string(100'000, 'a') + "\r\n\r\n");
  const std::string chunked =
      send_raw(server->port(),
               "PUT /bucket/key HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
               "Connection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  CHECK(status_of(chunked) == 403);
  S3Client client(server.client_options());
  CHECK_NOTHROW(client.create_bucket("bucket"));
}

TEST_CASE("100-continue is sent before the body is read", "[s3]") {
  TestServer server;
  RawRequest raw;
  raw.body = "hello";
  raw.unsigned_extra = {{"expect", "100-continue"}};
  CHECK(status_of(send(server->port(), raw)) == 100);
  raw.credentials.secret_key = "another";
  CHECK(status_of(send(server->port(), raw)) == 403);
}

TEST_CASE("listings", "[s3]") {
  TestServer server;
  S3Client client(server.client_options());
  for (const char* key : {"a", "d/1", "d/2", "d/e/3", "f&g", "z"}) {
    client.put_object("bucket", key, memory_body({}));
  }
  const auto list = [&](const std::string& query) {
    RawRequest raw;
    raw.method = "GET";
    raw.target = "/bucket?list-type=2" + query;
    const std::string answer = send(server->port(), raw);
    REQUIRE(status_of(answer) == 200);
    XmlScanner scanner(std::string_view(answer).substr(answer.find("<?xml")));
    std::string names;
    std::string element;
    for (auto token = scanner.next(); token.kind != XmlScanner::Kind::kEnd;
         token = scanner.next()) {
      if (token.kind == XmlScanner::Kind::kOpen) element = token.text;
      if (token.kind == XmlScanner::Kind::kText &&
          (element == "Key" || element == "NextContinuationToken")) {
        names += (element == "Key" ? "" : ">") + token.text + " ";
      }
    }
    return names;
  };
  CHECK(list("") == "a d/1 d/2 d/e/3 f&g z ");
  CHECK(list("&prefix=d/") == "d/1 d/2 d/e/3 ");
  CHECK(list("&delimiter=/") == "a f&g z ");
  CHECK(list("&max-keys=2") == ">d/1 a d/1 ");
  CHECK(list("&max-keys=2&continuation-token=d/1") == ">d/e/3 d/2 d/e/3 ");
  CHECK(list("&start-after=f") == "f&g z ");
  CHECK(list("&delimiter=/&max-keys=2") == ">d/ a ");
  CHECK(list("&delimiter=/&max-keys=2&continuation-token=d/") == "f&g z ");
  CHECK(list("&encoding-type=url&prefix=f") == "f%26g ");
}

TEST_CASE("Range headers", "[s3]") {
  using Range = std::pair<std::uint64_t, std::uint64_t>;
  CHECK(parse_range("bytes=0-9", 100) == Range{0, 10});
  CHECK(parse_range("bytes=90-", 100) == Range{90, 10});
  CHECK(parse_range("bytes=-10", 100) == Range{90, 10});
  CHECK(parse_range("bytes=-1000", 100) == Range{0, 100});
  CHECK(parse_range("bytes=50-1000", 100) == Range{50, 50});
  CHECK(parse_range("bytes=99-99", 100) == Range{99, 1});
  for (const char* ignored : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-0",
                              "bytes=0-1,3-4", "items=0-9", "bytes=0-99999999999999999999999"}) {
    INFO(ignored);
    CHECK_FALSE(parse_range(ignored, 100));
  }
  CHECK_THROWS_AS(parse_range("bytes=100-", 100), S3Error);
  CHECK_THROWS_AS(parse_range("bytes=-0", 100), S3Error);
  CHECK_THROWS_AS(parse_range("bytes=0-0", 0), S3Error);
}

}  // namespace
}  // namespace splitscope::s3
