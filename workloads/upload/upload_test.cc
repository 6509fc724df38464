#include "workloads/upload/upload.h"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>

#include "base/death.h"
#include "base/errors.h"
#include "base/testing/temporary_folder.h"
#include "formats/errors.h"
#include "s3/server/testing/test_server.h"
#include "strategies/catalog.h"
#include "tests/catch.h"
#include "tests/fixtures.h"
#include "workloads/upload/open_uploads.h"
#include "workloads/upload/upload_plan.h"
#include "workloads/upload/upload_records.h"

namespace splitscope::workloads {
namespace {

using test::pattern_bytes;
using test::server_options;
using test::TestServer;

class Recording final : public RunContext {
 public:
  void phase(std::string_view name) override { phases.emplace_back(name); }
  void count(std::string_view key, std::uint64_t amount) override {
    counts[std::string(key)] += amount;
  }
  std::vector<std::string> phases;
  std::map<std::string, std::uint64_t> counts;
};

std::map<std::string, std::string> options_for(TestServer& server, const std::string& mode) {
  return {{"endpoint", server->endpoint()},
          {"bucket", "bucket"},
          {"mode", mode},
          {"part_size", "100000"},
          {"access_key", test::kTestCredentials.access_key},
          {"secret_key", test::kTestCredentials.secret_key}};
}

/// One run under `strategy`; the recorded context and what verify() found.
std::pair<Recording, Verification> run_upload(WorkloadSpec spec, const std::string& strategy) {
  AccessCounters counters;
  AccessCounters reference_counters;
  const auto measured = strategies::make_strategy(strategy, counters);
  const auto reference = strategies::make_strategy("range-read", reference_counters);
  spec.reference = reference.get();
  const auto workload = make_upload(spec);
  Recording context;
  workload->prepare();
  workload->run(*measured, context);
  return {context, workload->verify()};
}

TEST_CASE("every mode uploads the same bytes under every strategy", "[upload]") {
  const test::TemporaryFolder folder;
  auto server_settings = server_options();
  const bool keeps_bytes = GENERATE(true, false);
  if (keeps_bytes) server_settings.folder = folder.path() / "objects";
  TestServer server(server_settings);
  WorkloadSpec spec;
  spec.inputs = {folder.file("a.split", pattern_bytes(1'000'001))};

  std::string digest;
  for (const StrategyInfo& strategy : strategies::all_strategies()) {
    for (const char* mode : {"single", "read-all", "multipart-buffered", "multipart-streamed"}) {
      for (const char* payload : {"signed", "unsigned"}) {
        INFO(strategy.name << " " << mode << " " << payload);
        spec.options = options_for(server, mode);
        spec.options["payload"] = payload;
        spec.options["prefix"] = "indexes/x/";
        const auto [context, verification] = run_upload(spec, strategy.name);
        CHECK(verification.input_bytes == 1'000'001);
        CHECK(verification.output_bytes == 1'000'001);
        if (digest.empty()) digest = verification.digest;
        CHECK(verification.digest == digest);
        CHECK(context.phases == std::vector<std::string>{"plan", "parts", "complete"});
        const bool is_multipart = std::string(mode).starts_with("multipart");
        CHECK(context.counts.at("s3_requests") == (is_multipart ? 13u : 1u));
        CHECK(context.counts.at("s3_sent_bytes") >= 1'000'001);
        // Only what a scan has to read twice counts.
        const bool reads_twice =
            std::string(payload) == "signed" &&
            (std::string(mode) == "single" || std::string(mode) == "multipart-streamed");
        CHECK(context.counts.at("s3_prepass_bytes") == (reads_twice ? 1'000'001u : 0u));
      }
    }
  }
  CHECK(server->store().list_uploads("bucket").empty());
  CHECK(server->store().list("bucket", "indexes/x/a.split").size() == 1);
}

TEST_CASE("files at every boundary of a part", "[upload]") {
  const test::TemporaryFolder folder;
  TestServer server;
  for (const char* mode :
       {"auto", "single", "read-all", "multipart-buffered", "multipart-streamed"}) {
    for (const std::size_t size : {0, 1, 99'999, 100'000, 100'001, 200'000, 1'234'567}) {
      INFO(mode << " " << size);
      WorkloadSpec spec;
      spec.inputs = {folder.file("a.split", pattern_bytes(size))};
      spec.options = options_for(server, mode);
      spec.options["concurrency"] = size % 2 == 0 ? "1" : "3";
      spec.options["multipart_threshold"] = "100000";
      CHECK(run_upload(spec, "streaming").second.output_bytes == size);
      CHECK(run_upload(spec, "full-copy").second.output_bytes == size);
    }
  }
}

TEST_CASE("several inputs, one after the other", "[upload]") {
  const test::TemporaryFolder folder;
  TestServer server;
  WorkloadSpec spec;
  spec.inputs = {folder.file("a.split", pattern_bytes(10)),
                 folder.file("b.split", pattern_bytes(250'000))};
  spec.options = options_for(server, "multipart-streamed");
  const auto [context, verification] = run_upload(spec, "streaming");
  CHECK(verification.input_bytes == 250'010);
  CHECK(context.phases.size() == 6);
  CHECK(server->store().list("bucket", "").size() == 2);

  const test::TemporaryFolder other;
  spec.inputs.push_back(other.file("a.split", pattern_bytes(10)));
  CHECK_THROWS_WITH(make_upload(spec)->prepare(), test::contains("same name"));
}

TEST_CASE("a failed upload leaves nothing behind", "[upload]") {
  const test::TemporaryFolder folder;
  auto settings = server_options();
  settings.folder = folder.path() / "objects";
  // Not worth a retry, so it is over at once.
  settings.faults = {parse_s3_fault("UploadPart:4:400")};
  TestServer server(settings);
  WorkloadSpec spec;
  spec.inputs = {folder.file("a.split", pattern_bytes(1'000'000))};
  const std::string mode = GENERATE("multipart-buffered", "multipart-streamed");
  spec.options = options_for(server, mode);
  CHECK_THROWS_AS(run_upload(spec, "streaming"), S3Error);
  CHECK(server->requests("AbortMultipartUpload") == 1);
  CHECK(server->store().list_uploads("bucket").empty());
  CHECK(server->store().list("bucket", "").empty());
  // The server may still be dropping the body of a part that the client broke off.
  server->stop();
  CHECK(std::filesystem::is_empty(folder.path() / "objects" / ".incoming"));
}

TEST_CASE("parts that fail now and then are sent again", "[upload]") {
  const test::TemporaryFolder folder;
  auto settings = server_options();
  settings.faults = {parse_s3_fault("UploadPart:2:503"), parse_s3_fault("UploadPart:5:drop")};
  TestServer server(settings);
  WorkloadSpec spec;
  spec.inputs = {folder.file("a.split", pattern_bytes(1'000'000))};
  spec.options = options_for(server, "multipart-streamed");
  const auto [context, verification] = run_upload(spec, "streaming");
  CHECK(verification.output_bytes == 1'000'000);
  CHECK(context.counts.at("s3_retries") == 2);
  CHECK(context.counts.at("s3_requests") == 14);
}

TEST_CASE("verify finds what differs", "[upload]") {
  const test::TemporaryFolder folder;
  TestServer server;
  WorkloadSpec spec;
  auto content = pattern_bytes(300'000);
  spec.inputs = {folder.file("a.split", content)};
  const std::string mode = GENERATE("single", "multipart-streamed");
  spec.options = options_for(server, mode);
  AccessCounters counters;
  const auto strategy = strategies::make_strategy("streaming", counters);
  spec.reference = strategy.get();
  const auto workload = make_upload(spec);
  Recording context;
  workload->prepare();
  CHECK_THROWS_WITH(workload->verify(), test::contains("nothing was uploaded"));
  workload->run(*strategy, context);
  CHECK_NOTHROW(workload->verify());

  content[250'000] ^= std::byte{1};
  folder.file("a.split", content);
  CHECK_THROWS_WITH(workload->verify(), test::contains("ETag"));
  content.pop_back();
  folder.file("a.split", content);
  CHECK_THROWS_WITH(workload->verify(), test::contains("length is 300000"));

  // An object from before does not pass for the one to be made.
  const auto idle = make_upload(spec);
  idle->prepare();
  CHECK_THROWS_WITH(idle->verify(), test::contains("nothing was uploaded"));
}

const std::vector<std::string> kAllModes = {"single", "read-all", "multipart-buffered",
                                            "multipart-streamed"};

std::string etag_in(TestServer& server, const std::string& key) {
  S3Client client(server.client_options());
  return client.head_object("bucket", key).etag;
}

TEST_CASE("permission to put objects is all it takes", "[upload]") {
  const test::TemporaryFolder folder;
  auto settings = server_options();
  for (const char* forbidden : {"DeleteObject", "HeadBucket", "CreateBucket", "HeadObject",
                                "ListMultipartUploads", "ListObjectsV2", "GetBucketLocation"}) {
    settings.faults.push_back(parse_s3_fault(std::string(forbidden) + ":1x1000:403"));
  }
  TestServer server(settings);
  WorkloadSpec spec;
  AccessCounters counters;
  const auto strategy = strategies::make_strategy("streaming", counters);
  spec.reference = strategy.get();
  std::size_t size = 300'000;
  for (const std::string& mode : kAllModes) {
    INFO(mode);
    // Over the one from before, each time.
    spec.inputs = {folder.file("a.split", pattern_bytes(++size))};
    spec.options = options_for(server, mode);
    spec.options["open_uploads"] = "mention";
    const auto workload = make_upload(spec);
    Recording context;
    workload->prepare();
    workload->run(*strategy, context);
    CHECK(server->store().get("bucket", "a.split").length_bytes == size);
  }
  CHECK(server->requests("DeleteObject") == 0);
  CHECK(server->requests("CreateBucket") == 0);
  CHECK(server->requests("HeadObject") == 0);
  CHECK(server->requests("PutObject") == 2);
  CHECK(server->requests("CompleteMultipartUpload") == 2);
}

TEST_CASE("the bucket is made when the server says that there is none", "[upload]") {
  const test::TemporaryFolder folder;
  auto settings = server_options();
  const std::string mode = GENERATE("single", "multipart-streamed");
  const bool may_ask = GENERATE(true, false);
  settings.faults = {parse_s3_fault("PutObject:1:404"),
                     parse_s3_fault("CreateMultipartUpload:1:404")};
  if (!may_ask) settings.faults.push_back(parse_s3_fault("HeadBucket:1:403"));
  TestServer server(settings);
  WorkloadSpec spec;
  spec.inputs = {folder.file("a.split", pattern_bytes(300'000))};
  spec.options = options_for(server, mode);
  CHECK(run_upload(spec, "streaming").second.output_bytes == 300'000);
  CHECK(server->requests("CreateBucket") == (may_ask ? 2u : 1u));
}

TEST_CASE("the old object stays until the new one is complete", "[upload]") {
  const test::TemporaryFolder folder;
  const std::string mode =
      GENERATE("single", "read-all", "multipart-buffered", "multipart-streamed");
  const std::string fault =
      GENERATE("PutObject:2:400", "CreateMultipartUpload:2:403", "UploadPart:6:400",
               "CompleteMultipartUpload:2:400", "PutObject:2:403", "UploadPart:5:403");
  auto settings = server_options();
  settings.folder = folder.path() / "objects";
  settings.faults = {parse_s3_fault(fault)};
  TestServer server(settings);
  WorkloadSpec spec;
  spec.options = options_for(server, mode);
  spec.options["concurrency"] = "2";
  spec.inputs = {folder.file("a.split", pattern_bytes(300'000))};
  run_upload(spec, "streaming");
  const std::string before = etag_in(server, "a.split");

  auto content = pattern_bytes(300'000);
  content[7] ^= std::byte{1};
  folder.file("a.split", content);
  const bool is_hit = mode.starts_with("multi") != fault.starts_with("PutObject");
  INFO(mode << " " << fault);
  if (is_hit) {
    CHECK_THROWS_AS(run_upload(spec, "streaming"), S3Error);
    CHECK(etag_in(server, "a.split") == before);
  } else {
    CHECK_NOTHROW(run_upload(spec, "streaming"));
    CHECK(etag_in(server, "a.split") != before);
  }
  CHECK(server->requests("DeleteObject") == 0);
  CHECK(server->store().list_uploads("bucket").empty());
}

/// Yields one window and then what it was made to throw.
class Broken final : public Strategy {
 public:
  explicit Broken(std::function<void()> fail) : fail_(std::move(fail)) {}
  [[nodiscard]] std::string name() const override { return "broken"; }
  [[nodiscard]] std::unique_ptr<ByteSource> open(const std::filesystem::path& file) override {
    return std::make_unique<Source>(std::filesystem::file_size(file), fail_);
  }
  [[nodiscard]] std::unique_ptr<ByteSink> create(const std::filesystem::path& /*file*/) override {
    throw std::logic_error("nothing is written");
  }
  [[nodiscard]] std::uint64_t expected_peak(
      std::span<const std::uint64_t> /*sizes*/) const override {
    return 0;
  }

 private:
  class Pass final : public Scan {
   public:
    explicit Pass(std::function<void()> fail) : fail_(std::move(fail)) {}

   private:
    Bytes next_window() override {
      if (is_begun_) fail_();
      is_begun_ = true;
      return {window_.data(), window_.size()};
    }

    std::function<void()> fail_;
    bool is_begun_ = false;
    std::vector<std::byte> window_ = pattern_bytes(1000);
  };
  class Source final : public ByteSource {
   public:
    Source(std::uint64_t size, std::function<void()> fail) : size_(size), fail_(std::move(fail)) {}

   private:
    [[nodiscard]] std::uint64_t file_size() const override { return size_; }
    [[nodiscard]] std::string_view file_name() const override { return "(broken)"; }
    [[nodiscard]] Bytes read_range(std::uint64_t /*offset*/,
                                   std::size_t /*length*/) const override {
      fail_();
      return {};
    }
    [[nodiscard]] std::unique_ptr<Scan> scan_range(std::uint64_t /*offset*/,
                                                   std::uint64_t /*length*/) const override {
      return std::make_unique<Pass>(fail_);
    }

    std::uint64_t size_;
    std::function<void()> fail_;
  };
  std::function<void()> fail_;
};

TEST_CASE("whatever ends an upload, nothing stays open", "[upload]") {
  const test::TemporaryFolder folder;
  TestServer server;
  const std::string mode =
      GENERATE("single", "read-all", "multipart-buffered", "multipart-streamed");
  const std::string payload = GENERATE("signed", "unsigned");
  const int kind = GENERATE(0, 1, 2, 3);
  INFO(mode << " " << payload << " " << kind);
  WorkloadSpec spec;
  spec.inputs = {folder.file("a.split", pattern_bytes(300'000))};
  spec.options = options_for(server, mode);
  spec.options["payload"] = payload;
  Broken strategy([kind] {
    if (kind == 0) throw std::bad_alloc();
    if (kind == 1) throw TruncatedFile("a.split: became shorter");
    if (kind == 2) throw Interrupted{15};
    throw 17;
  });
  const auto workload = make_upload(spec);
  Recording context;
  workload->prepare();
  switch (kind) {
    case 0:
      CHECK_THROWS_AS(workload->run(strategy, context), std::bad_alloc);
      break;
    case 1:
      CHECK_THROWS_AS(workload->run(strategy, context), TruncatedFile);
      break;
    case 2:
      CHECK_THROWS_AS(workload->run(strategy, context), Interrupted);
      break;
    default:
      CHECK_THROWS_AS(workload->run(strategy, context), int);
  }
  server->stop();
  CHECK(server->requests("AbortMultipartUpload") == (mode.starts_with("multi") ? 1u : 0u));
  CHECK(server->store().list_uploads("bucket").empty());
  CHECK(server->store().list("bucket", "").empty());
}

TEST_CASE("an abort is tried twice, and not for long", "[upload]") {
  const test::TemporaryFolder folder;
  const std::string fault = GENERATE("1:503", "1:drop", "1:drip", "1:delay=60000ms", "1x9:drip",
                                     "1x9:delay=60000ms", "1x9:403");
  INFO(fault);
  auto settings = server_options();
  settings.faults = {parse_s3_fault("UploadPart:1:400"),
                     parse_s3_fault("AbortMultipartUpload:" + fault)};
  TestServer server(settings);
  WorkloadSpec spec;
  spec.inputs = {folder.file("a.split", pattern_bytes(300'000))};
  spec.options = options_for(server, "multipart-streamed");
  const auto begin = std::chrono::steady_clock::now();
  CHECK_THROWS_AS(run_upload(spec, "streaming"), S3Error);
  // Not a measurement: without a limit it would be a minute.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
  CHECK(server->requests("AbortMultipartUpload") == 2);
  CHECK(server->store().list_uploads("bucket").size() == (fault.starts_with("1x") ? 1 : 0));
}

TEST_CASE("records tell the dead from the living", "[upload]") {
  const test::TemporaryFolder folder;
  const auto place = folder.path() / "state" / "uploads";
  const OpenUpload upload{"http://127.0.0.1:1", "bucket", "a b/\n%", "id-1"};
  const auto count_files = [&] {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(place)) {
      count += entry.path().extension() == ".upload" ? 1 : 0;
    }
    return count;
  };
  auto records = UploadRecords::open(place);
  REQUIRE(records);
  {
    const auto live = records->add(upload);
    REQUIRE(live);
    CHECK(records->live_ids() == std::set<std::string>{"id-1"});
    CHECK(UploadRecords::open(place)->take_dead(upload.endpoint, "bucket").empty());
    CHECK(count_files() == 1);
  }
  CHECK(count_files() == 0);
  // One whose process ends without a word.
  records->add(upload)->keep();
  CHECK(count_files() == 1);
  CHECK(records->live_ids().empty());
  CHECK(records->take_dead(upload.endpoint, "another").empty());
  CHECK(records->take_dead("http://127.0.0.1:2", "bucket").empty());
  {
    const auto dead = records->take_dead(upload.endpoint, "bucket");
    REQUIRE(dead.size() == 1);
    CHECK(dead[0]->upload().key == upload.key);
    CHECK(dead[0]->upload().id == "id-1");
    // Nobody else takes it meanwhile.
    CHECK(UploadRecords::open(place)->take_dead(upload.endpoint, "bucket").empty());
    dead[0]->keep();
  }
  CHECK(records->take_dead(upload.endpoint, "bucket").size() == 1);
  CHECK(count_files() == 0);
  // Other files are nobody's business; half a record is a dead process's.
  std::filesystem::create_directory(place / "folder.upload");
  folder.file("state/uploads/notes.txt", pattern_bytes(10));
  folder.file("state/uploads/1-2.upload", pattern_bytes(10));
  CHECK(records->take_dead(upload.endpoint, "bucket").empty());
  CHECK_FALSE(std::filesystem::exists(place / "1-2.upload"));
  CHECK(std::filesystem::exists(place / "notes.txt"));
  CHECK(std::filesystem::exists(place / "folder.upload"));
  CHECK_FALSE(UploadRecords::open("/proc/nowhere/uploads"));
}

TEST_CASE("open uploads from before", "[upload]") {
  const test::TemporaryFolder folder;
  TestServer server;
  S3Client client(server.client_options());
  auto options = parse_upload_options(options_for(server, "single"));
  const auto records = UploadRecords::open(folder.path() / "uploads");
  const auto settle = [&](OpenUploads what) {
    options.open_uploads = what;
    return settle_open_uploads(options, {"key"}, records.get());
  };
  const auto ids = [&] {
    std::set<std::string> found;
    for (const auto& upload : server->store().list_uploads("bucket")) found.insert(upload.id);
    return found;
  };
  CHECK(settle(OpenUploads::kMention).empty());
  CHECK(settle(OpenUploads::kAbort).empty());

  const std::string dead = client.create_multipart_upload("bucket", "other key");
  records->add({server->endpoint(), "bucket", "other key", dead})->keep();
  const std::string live = client.create_multipart_upload("bucket", "key");
  const auto record = records->add({server->endpoint(), "bucket", "key", live});
  const std::string foreign = client.create_multipart_upload("bucket", "key");
  const std::string beside = client.create_multipart_upload("bucket", "key2");

  const auto said = settle(OpenUploads::kMention);
  REQUIRE(said.size() == 2);
  CHECK_THAT(said[0], test::contains("aborted a multipart upload of other key"));
  CHECK_THAT(said[1], test::contains("1 multipart upload of key is open already"));
  CHECK_THAT(said[1], test::contains("--abort-stale"));
  CHECK(ids() == std::set<std::string>{live, foreign, beside});

  const auto done = settle(OpenUploads::kAbort);
  REQUIRE(done.size() == 1);
  CHECK_THAT(done[0], test::contains("aborted 1 multipart upload of key"));
  CHECK(ids() == std::set<std::string>{live, beside});
  CHECK(settle(OpenUploads::kMention).empty());
}

TEST_CASE("nobody waits for a server that will not list", "[upload]") {
  const std::string fault = GENERATE("403", "501", "500", "drop", "drip", "delay=60000ms");
  INFO(fault);
  auto settings = server_options();
  settings.faults = {parse_s3_fault("ListMultipartUploads:1x9:" + fault)};
  TestServer server(settings);
  auto options = parse_upload_options(options_for(server, "single"));
  options.open_uploads = OpenUploads::kMention;
  CHECK(settle_open_uploads(options, {"key", "key2"}, nullptr).empty());
  options.open_uploads = OpenUploads::kAbort;
  const auto said = settle_open_uploads(options, {"key"}, nullptr);
  REQUIRE(said.size() == 1);
  CHECK_THAT(said[0], test::contains("no open multipart upload was aborted"));
}

TEST_CASE("splits of tantivy's", "[upload]") {
  TestServer server;
  WorkloadSpec spec;
  spec.inputs = test::golden_splits();
  spec.options = options_for(server, "multipart-streamed");
  CHECK(run_upload(spec, "mmap-view").second.output_bytes > 0);
}

TEST_CASE("options that mean nothing", "[upload]") {
  ::unsetenv("SPLITSCOPE_S3_ACCESS_KEY");
  ::unsetenv("SPLITSCOPE_S3_SECRET_KEY");
  const std::map<std::string, std::string> good = {
      {"endpoint", "http://127.0.0.1:1"}, {"access_key", "a"}, {"secret_key", "hunter2"}};
  CHECK_NOTHROW(parse_upload_options(good));
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"endpoint", ""},
                                                        {"mode", "x"},
                                                        {"payload", "maybe"},
                                                        {"part_size", "0"},
                                                        {"part_size", "6GiB"},
                                                        {"part_size", "x"},
                                                        {"concurrency", "0"},
                                                        {"concurrency", "-1"},
                                                        {"concurrency", "1001"},
                                                        {"secret_key", ""},
                                                        {"unknown", "1"}}) {
    INFO(key << "=" << value);
    auto options = good;
    options[key] = value;
    try {
      static_cast<void>(parse_upload_options(options));
      FAIL("taken");
    } catch (const UsageError& error) {
      CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
    }
  }
  ::setenv("SPLITSCOPE_S3_ACCESS_KEY", "from-environment", 1);
  ::setenv("SPLITSCOPE_S3_SECRET_KEY", "also", 1);
  const auto options = parse_upload_options({{"endpoint", "http://127.0.0.1:1"}});
  CHECK(options.credentials.access_key == "from-environment");
  CHECK(options.concurrency == 4);
}

TEST_CASE("the plan follows Quickwit's policy", "[upload]") {
  constexpr std::uint64_t kMiB = 1024 * 1024;
  constexpr std::uint64_t kGiB = 1024 * kMiB;
  const auto plan = [](std::uint64_t length, std::map<std::string, std::string> options) {
    options["endpoint"] = "http://127.0.0.1:1";
    options["access_key"] = options["secret_key"] = "k";
    return plan_upload("a.split", length, parse_upload_options(options));
  };
  CHECK(plan(100 * kMiB, {}).mode == UploadMode::kSingle);
  CHECK(plan(5 * kGiB, {}).mode == UploadMode::kSingle);
  const UploadPlan above = plan(5 * kGiB + 1, {});
  CHECK(above.mode == UploadMode::kMultipartStreamed);
  CHECK(above.parts == 2);
  CHECK(above.part_length(1) == 1);
  CHECK(plan(128 * kMiB - 1, {{"part_size", "16MiB"}}).mode == UploadMode::kSingle);
  CHECK(plan(128 * kMiB, {{"part_size", "16MiB"}}).parts == 8);
  // No more than 10,000 parts.
  const UploadPlan many = plan(1000 * kGiB, {{"part_size", "16MiB"}});
  CHECK(many.parts == 10'000);
  CHECK(many.part_bytes * many.parts >= 1000 * kGiB);
  CHECK(plan(100 * kMiB, {{"mode", "multipart-buffered"}}).parts == 7);
  CHECK(plan(0, {{"mode", "multipart-streamed"}}).parts == 1);
  CHECK_THROWS_WITH(plan(5 * kGiB + 1, {{"mode", "single"}}), test::contains("at most 5 GiB"));
  CHECK_THROWS_AS(plan(60'000 * kGiB, {}), UsageError);
}

}  // namespace
}  // namespace splitscope::workloads
