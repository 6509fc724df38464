// Client against server, over real sockets.
#include <atomic>
#include <thread>

#include "base/digest.h"
#include "base/errors.h"
#include "base/testing/temporary_folder.h"
#include "s3/server/testing/test_server.h"
#include "strategies/interface/testing/memory_source.h"
#include "tests/catch.h"

namespace splitscope {
namespace {

using test::pattern_bytes;
using test::server_options;
using test::TestServer;

using ByteVector = std::vector<std::byte>;

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string md5_hex(std::span<const std::byte> bytes) {
  return to_hex(digest_of(HashKind::kMd5, text_of(bytes)));
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  return to_hex(digest_of(HashKind::kSha256, text_of(bytes)));
}

ByteVector get(S3Client& client, const std::string& bucket, const std::string& key,
               std::optional<std::pair<std::uint64_t, std::uint64_t>> range = std::nullopt) {
  ByteVector content;
  client.get_object(
      bucket, key,
      [&](std::span<const std::byte> bytes) {
        content.insert(content.end(), bytes.begin(), bytes.end());
      },
      range);
  return content;
}

/// Uploads `content` in parts of `part_bytes`; returns the ETag.
std::string upload(S3Client& client, const std::string& key, const ByteVector& content,
                   std::size_t part_bytes) {
  const std::string id = client.create_multipart_upload("bucket", key);
  const std::size_t count =
      std::max<std::size_t>(1, (content.size() + part_bytes - 1) / part_bytes);
  const auto etags =
      client.upload_parts("bucket", key, id, count, [&](std::size_t part, std::size_t /*slot*/) {
        const std::size_t begin = part * part_bytes;
        return memory_body(
            std::span(content).subspan(begin, std::min(part_bytes, content.size() - begin)));
      });
  return client.complete_multipart_upload("bucket", key, id, etags);
}

template <typename Action>
S3Error error_of(Action action) {
  try {
    action();
  } catch (const S3Error& error) {
    return error;
  }
  FAIL("no S3Error");
  throw std::logic_error("not reached");
}

TEST_CASE("objects of all sizes around a buffer come back as they went", "[s3]") {
  const bool keeps_bytes = GENERATE(true, false);
  const test::TemporaryFolder folder;
  auto options = server_options();
  if (keeps_bytes) options.folder = folder.path() / "objects";
  TestServer server(options);
  S3Client client(server.client_options());
  for (const std::size_t size : {0, 1, 65535, 65536, 65537, 1'000'000}) {
    const ByteVector content = pattern_bytes(size);
    CHECK(client.put_object("bucket", "key", memory_body(content)) == md5_hex(content));
    const S3ObjectInfo info = client.head_object("bucket", "key");
    CHECK(info.length_bytes == size);
    CHECK(info.etag == md5_hex(content));
    CHECK(info.sha256 == sha256_hex(content));
    if (keeps_bytes) {
      CHECK(get(client, "bucket", "key") == content);
    } else {
      const S3Error error = error_of([&] { get(client, "bucket", "key"); });
      CHECK(error.status() == 501);
      CHECK_THAT(error.what(), test::contains("keeps digests only"));
    }
  }
  CHECK(client.statistics().prepass_bytes == 0 + 1 + 65535 + 65536 + 65537 + 1'000'000);
}

TEST_CASE("multipart uploads at every boundary of a part", "[s3]") {
  const std::size_t concurrency = GENERATE(1u, 4u);
  const auto payload = GENERATE(PayloadSigning::kSigned, PayloadSigning::kUnsigned);
  const test::TemporaryFolder folder;
  auto options = server_options();
  options.folder = folder.path() / "objects";
  TestServer server(options);
  auto client_options = server.client_options();
  client_options.concurrency = concurrency;
  client_options.payload = payload;
  S3Client client(client_options);

  constexpr std::size_t kPart = 70'000;
  for (const std::size_t size : {std::size_t{1}, kPart - 1, kPart, kPart + 1, 2 * kPart - 1,
                                 2 * kPart, 2 * kPart + 1, 40 * kPart + 7}) {
    INFO(size << " bytes");
    const ByteVector content = pattern_bytes(size);
    std::string md5s;
    std::string sha256s;
    std::size_t parts = 0;
    for (std::size_t begin = 0; begin < size; begin += kPart, ++parts) {
      const std::string part =
          text_of(std::span(content).subspan(begin, std::min(kPart, size - begin)));
      md5s += digest_of(HashKind::kMd5, part);
      sha256s += digest_of(HashKind::kSha256, part);
    }
    const std::string suffix = "-" + std::to_string(parts);
    const std::string etag = to_hex(digest_of(HashKind::kMd5, md5s)) + suffix;
    CHECK(upload(client, "key", content, kPart) == etag);
    const S3ObjectInfo info = client.head_object("bucket", "key");
    CHECK(info.etag == etag);
    CHECK(info.length_bytes == size);
    CHECK(info.sha256 == sha256_hex(content));
    CHECK(info.composite_sha256 == to_hex(digest_of(HashKind::kSha256, sha256s)) + suffix);
    CHECK(get(client, "bucket", "key") == content);
  }
  CHECK(server->store().list_uploads("bucket").empty());
  CHECK((client.statistics().prepass_bytes > 0) == (payload == PayloadSigning::kSigned));
}

TEST_CASE("ranges", "[s3]") {
  const test::TemporaryFolder folder;
  auto options = server_options();
  options.folder = folder.path() / "objects";
  TestServer server(options);
  S3Client client(server.client_options());
  const ByteVector content = pattern_bytes(100'000);
  client.put_object("bucket", "key", memory_body(content));
  for (const auto& [offset, length] : std::vector<std::pair<std::size_t, std::size_t>>{
           {0, 1}, {0, 100'000}, {99'999, 1}, {65'535, 2}, {1234, 70'000}}) {
    CHECK(get(client, "bucket", "key", std::pair(offset, length)) ==
          ByteVector(content.begin() + static_cast<std::ptrdiff_t>(offset),
                     content.begin() + static_cast<std::ptrdiff_t>(offset + length)));
  }
  CHECK(get(client, "bucket", "key", std::pair(99'990, 1000)).size() == 10);
  CHECK(get(client, "bucket", "key", std::pair(5, 0)).empty());
  const S3Error error = error_of([&] { get(client, "bucket", "key", std::pair(100'000, 1)); });
  CHECK(error.status() == 416);
  CHECK(error.code() == "InvalidRange");
}

TEST_CASE("keys cannot climb out of the folder", "[s3]") {
  const test::TemporaryFolder folder;
  auto options = server_options();
  options.folder = folder.path() / "objects";
  TestServer server(options);
  S3Client client(server.client_options());
  const std::vector<std::string> keys = {"../../escaped",
                                         "..",
                                         ".",
                                         "/",
                                         "//x//",
                                         "a/../../b",
                                         "a b+c%2F&?#\xE1\x88\xB4",
                                         std::string(1000, 'k'),
                                         std::string(1000, 'k') + "2",
                                         "a",
                                         "a/b",
                                         "~",
                                         "%7E"};
  for (const std::string& key : keys) {
    INFO(key);
    const ByteVector content = pattern_bytes(key.size());
    client.put_object("bucket", key, memory_body(content));
  }
  for (const std::string& key : keys) {
    INFO(key);
    CHECK(get(client, "bucket", key) == pattern_bytes(key.size()));
  }
  CHECK(server->store().list("bucket", "").size() == keys.size());
  std::size_t entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    CHECK(entry.path().filename() == "objects");
    ++entries;
  }
  CHECK(entries == 1);
  for (const std::string& key : keys) client.delete_object("bucket", key);
  CHECK(std::filesystem::is_empty(folder.path() / "objects" / "bucket"));
  CHECK(std::filesystem::is_empty(folder.path() / "objects" / ".incoming"));
  for (const char* bucket : {"..", ".incoming", "a", "UPPER", "a..b"}) {
    INFO(bucket);
    CHECK(error_of([&] { client.put_object(bucket, "k", memory_body({})); }).status() >= 400);
  }
}

TEST_CASE("deleted and unknown objects", "[s3]") {
  TestServer server;
  S3Client client(server.client_options());
  CHECK(error_of([&] { client.delete_object("bucket", "key"); }).code() == "NoSuchBucket");
  client.create_bucket("bucket");
  client.create_bucket("bucket");
  client.delete_object("bucket", "key");
  CHECK(error_of([&] { get(client, "bucket", "key"); }).code() == "NoSuchKey");
  CHECK(error_of([&] { static_cast<void>(client.head_object("bucket", "key")); }).status() == 404);
  client.put_object("bucket", "key", memory_body({}));
  client.delete_object("bucket", "key");
  CHECK(error_of([&] { static_cast<void>(client.head_object("bucket", "key")); }).status() == 404);
}

TEST_CASE("an aborted upload leaves nothing", "[s3]") {
  const test::TemporaryFolder folder;
  auto options = server_options();
  options.folder = folder.path() / "objects";
  TestServer server(options);
  S3Client client(server.client_options());
  const ByteVector content = pattern_bytes(1000);
  const std::string id = client.create_multipart_upload("bucket", "key");
  static_cast<void>(client.upload_parts(
      "bucket", "key", id, 3, [&](std::size_t, std::size_t) { return memory_body(content); }));
  CHECK(server->store().list_parts("bucket", "key", id).size() == 3);
  client.abort_multipart_upload("bucket", "key", id);
  CHECK(server->store().list_uploads("bucket").empty());
  CHECK(std::filesystem::is_empty(folder.path() / "objects" / ".incoming"));
  CHECK_NOTHROW(client.abort_multipart_upload("bucket", "key", id));
  CHECK(error_of([&] {
          static_cast<void>(client.complete_multipart_upload("bucket", "key", id, {"x"}));
        }).code() == "NoSuchUpload");
}

TEST_CASE("completions that do not fit the parts are refused", "[s3]") {
  auto options = server_options();
  options.minimum_part_bytes = 1000;
  TestServer server(options);
  S3Client client(server.client_options());
  const ByteVector content = pattern_bytes(2000);
  const std::string id = client.create_multipart_upload("bucket", "key");
  const auto sizes = std::vector<std::size_t>{1000, 999, 1};
  auto etags = client.upload_parts("bucket", "key", id, 3, [&](std::size_t part, std::size_t) {
    return memory_body(std::span(content).first(sizes[part]));
  });
  const auto code_for = [&](const std::vector<std::string>& list) {
    return error_of([&] {
             static_cast<void>(client.complete_multipart_upload("bucket", "key", id, list));
           })
        .code();
  };
  CHECK(code_for({etags[0], etags[1], etags[2]}) == "EntityTooSmall");
  CHECK(code_for({etags[0], etags[0]}) == "InvalidPart");
  CHECK(code_for({etags[0], etags[1], etags[2], etags[2]}) == "InvalidPart");
  CHECK(code_for({}) == "MalformedXML");
  CHECK(code_for({"<&\"'>"}) == "InvalidPart");
  CHECK_THROWS_AS(
      server->store().complete_upload("bucket", "key", id, {{2, etags[1]}, {1, etags[0]}}),
      S3Error);
  // The last part may be small, and parts may be left out.
  CHECK_NOTHROW(client.complete_multipart_upload("bucket", "key", id, {etags[0], etags[1]}));
  CHECK(client.head_object("bucket", "key").length_bytes == 1999);
}

TEST_CASE("a part that fails is sent again", "[s3]") {
  const std::string fault = GENERATE("UploadPart:2:503", "UploadPart:1x3:503", "UploadPart:3:drop",
                                     "UploadPart:2:lose-response", "UploadPart:1:delay=20ms",
                                     "CompleteMultipartUpload:1:500", "PutObject:1:503",
                                     "CompleteMultipartUpload:1:lose-response");
  INFO(fault);
  const std::size_t concurrency = GENERATE(1u, 3u);
  const test::TemporaryFolder folder;
  auto options = server_options();
  options.folder = folder.path() / "objects";
  options.faults = {parse_s3_fault(fault)};
  TestServer server(options);
  auto client_options = server.client_options();
  client_options.concurrency = concurrency;
  S3Client client(client_options);
  const ByteVector content = pattern_bytes(3'000'000);
  upload(client, "multi", content, 500'000);
  client.put_object("bucket", "single", memory_body(content));
  CHECK(get(client, "bucket", "multi") == content);
  CHECK(get(client, "bucket", "single") == content);
  const bool only_waits = fault.find("delay") != std::string::npos;
  CHECK((client.statistics().retries > 0) == !only_waits);
  std::uint64_t seen_by_server = 0;
  for (const char* operation : {"CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload",
                                "PutObject", "GetObject"}) {
    seen_by_server += server->requests(operation);
  }
  CHECK(client.statistics().requests == seen_by_server);
}

TEST_CASE("retries end", "[s3]") {
  auto options = server_options();
  options.faults = {parse_s3_fault("PutObject:1x100:503"), parse_s3_fault("HeadObject:1x100:drop")};
  TestServer server(options);
  auto client_options = server.client_options();
  client_options.attempts = 3;
  S3Client client(client_options);
  const ByteVector content = pattern_bytes(5'000'000);
  const S3Error refused =
      error_of([&] { client.put_object("bucket", "key", memory_body(content)); });
  CHECK(refused.status() == 503);
  CHECK_THAT(refused.what(), test::contains("(3 attempts)"));
  CHECK(server->requests("PutObject") == 3);
  const S3Error dropped = error_of([&] { static_cast<void>(client.head_object("bucket", "key")); });
  CHECK(dropped.status() == 0);
  CHECK(server->requests("HeadObject") == 3);

  server->stop();
  CHECK(error_of([&] { client.delete_object("bucket", "key"); }).status() == 0);
}

TEST_CASE("an error in the middle of a body reaches the caller and breaks off", "[s3]") {
  TestServer server;
  S3Client client(server.client_options());
  const std::string id = client.create_multipart_upload("bucket", "key");
  const ByteVector content = pattern_bytes(400'000);

  class Failing final : public Scan {
   public:
    explicit Failing(std::span<const std::byte> bytes) : bytes_(bytes) {}

   private:
    Bytes next_window() override {
      if (bytes_.empty()) throw TruncatedFile("a.split: became shorter");
      const auto window = std::exchange(bytes_, {});
      return {window.data(), window.size()};
    }

    std::span<const std::byte> bytes_;
  };
  BodySource failing;
  failing.length_bytes = 500'000;
  failing.open = [&] { return std::make_unique<Failing>(content); };
  failing.sha256 = std::string(64, '0');
  CHECK_THROWS_AS(client.upload_parts("bucket", "key", id, 5,
                                      [&](std::size_t part, std::size_t) {
                                        return part == 2 ? failing : memory_body(content);
                                      }),
                  TruncatedFile);
  client.abort_multipart_upload("bucket", "key", id);
  CHECK(server->store().list_uploads("bucket").empty());

  const MemorySource source(content, 100);
  const BodySource early{500'000, [&] { return source.scan(0, 400'000); }, {}};
  CHECK_THROWS_WITH(client.put_object("bucket", "key", early),
                    test::contains("400000 of 500000 bytes"));
  // The client can go on afterwards.
  CHECK_NOTHROW(client.put_object("bucket", "key", memory_body(content)));
}

TEST_CASE("several clients at once", "[s3]") {
  TestServer server;
  constexpr int kClients = 6;
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  threads.reserve(kClients);
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&, i] {
      S3Client client(server.client_options());
      const ByteVector content = pattern_bytes(200'000 + static_cast<std::size_t>(i));
      const std::string key = "key" + std::to_string(i);
      upload(client, key, content, 30'000);
      client.put_object("bucket", "shared", memory_body(content));
      if (client.head_object("bucket", key).length_bytes == content.size()) ++good;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(good == kClients);
  CHECK(server->store().list("bucket", "key").size() == kClients);
}

TEST_CASE("endpoints and options that mean nothing", "[s3]") {
  S3ClientOptions options;
  options.credentials = test::kTestCredentials;
  for (const char* endpoint : {"", "127.0.0.1:9000/x", "ftp://127.0.0.1", "http://", "http://h/b",
                               "http://h?x", "http://name:word@h:1"}) {
    INFO(endpoint);
    options.endpoint = endpoint;
    CHECK_THROWS_AS(S3Client(options), UsageError);
  }
  options.endpoint = "http://user:hunter2@127.0.0.1:1";
  try {
    const S3Client client(options);
    FAIL("took a password");
  } catch (const UsageError& error) {
    CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
  }
  options.endpoint = "http://127.0.0.1:1/";
  CHECK_NOTHROW(S3Client(options));
  options.concurrency = 0;
  CHECK_THROWS_AS(S3Client(options), UsageError);

  auto bad_server = server_options();
  bad_server.credentials.secret_key.clear();
  CHECK_THROWS_AS(S3Server(bad_server), UsageError);
  for (const char* fault : {"", "x", "UploadPart:2", ":2:503", "UploadPart:0:503",
                            "UploadPart:1:200", "UploadPart:1:delay=ms", "UploadPart:x:drop"}) {
    INFO(fault);
    CHECK_THROWS_AS(parse_s3_fault(fault), UsageError);
  }
}

TEST_CASE("the folder of a server must be empty", "[s3]") {
  const test::TemporaryFolder folder;
  auto options = server_options();
  options.folder = folder.path();
  std::filesystem::create_directory(folder.path() / "something");
  CHECK_THROWS_AS(S3Server(options), UsageError);
}

}  // namespace
}  // namespace splitscope
