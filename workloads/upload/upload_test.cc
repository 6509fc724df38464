#include "workloads/upload/upload.h"

#include <cstdlib>
#include <map>

#include "strategies/catalog.h"
#include "base/errors.h"
#include "strategies/testing/temp_dir.h"
#include "tests/catch.h"
#include "tests/fixtures.h"
#include "workloads/errors.h"
#include "workloads/s3/testing/test_server.h"
#include "workloads/upload/upload_plan.h"

namespace splitscope {
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
  const auto measured = make_strategy(strategy, counters);
  const auto reference = make_strategy("range-read", reference_counters);
  spec.reference = reference.get();
  const auto workload = make_upload(spec);
  Recording context;
  workload->prepare();
  workload->run(*measured, context);
  return {context, workload->verify()};
}

TEST_CASE("every mode uploads the same bytes under every strategy", "[upload]") {
  const test::TempDir folder;
  auto server_settings = server_options();
  const bool keeps_bytes = GENERATE(true, false);
  if (keeps_bytes) server_settings.folder = folder.path() / "objects";
  TestServer server(server_settings);
  WorkloadSpec spec;
  spec.inputs = {folder.file("a.split", pattern_bytes(1'000'001))};

  std::string digest;
  for (const StrategyInfo& strategy : all_strategies()) {
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
  const test::TempDir folder;
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
  const test::TempDir folder;
  TestServer server;
  WorkloadSpec spec;
  spec.inputs = {folder.file("a.split", pattern_bytes(10)),
                 folder.file("b.split", pattern_bytes(250'000))};
  spec.options = options_for(server, "multipart-streamed");
  const auto [context, verification] = run_upload(spec, "streaming");
  CHECK(verification.input_bytes == 250'010);
  CHECK(context.phases.size() == 6);
  CHECK(server->store().list("bucket", "").size() == 2);

  const test::TempDir other;
  spec.inputs.push_back(other.file("a.split", pattern_bytes(10)));
  CHECK_THROWS_WITH(make_upload(spec)->prepare(), test::contains("same name"));
}

TEST_CASE("a failed upload leaves nothing behind", "[upload]") {
  const test::TempDir folder;
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
  const test::TempDir folder;
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
  const test::TempDir folder;
  TestServer server;
  WorkloadSpec spec;
  auto content = pattern_bytes(300'000);
  spec.inputs = {folder.file("a.split", content)};
  const std::string mode = GENERATE("single", "multipart-streamed");
  spec.options = options_for(server, mode);
  AccessCounters counters;
  const auto strategy = make_strategy("streaming", counters);
  spec.reference = strategy.get();
  const auto workload = make_upload(spec);
  Recording context;
  workload->prepare();
  CHECK_THROWS_AS(workload->verify(), S3Error);
  workload->run(*strategy, context);
  CHECK_NOTHROW(workload->verify());

  content[250'000] ^= std::byte{1};
  folder.file("a.split", content);
  CHECK_THROWS_WITH(workload->verify(), test::contains("ETag"));
  content.pop_back();
  folder.file("a.split", content);
  CHECK_THROWS_WITH(workload->verify(), test::contains("length is 300000"));

  // An object from before does not pass for the one to be made.
  make_upload(spec)->prepare();
  CHECK_THROWS_AS(workload->verify(), S3Error);
}

TEST_CASE("real splits", "[upload]") {
  const auto splits = test::fixture("splits");
  if (!splits) return;
  TestServer server;
  WorkloadSpec spec;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*splits)) {
    if (entry.path().extension() == ".split") spec.inputs.push_back(entry.path());
  }
  REQUIRE(!spec.inputs.empty());
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
}  // namespace splitscope
