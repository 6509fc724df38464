#include "workloads/upload/upload_plan.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "base/environment.h"
#include "base/errors.h"
#include "base/size_text.h"

namespace splitscope::workloads {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

/// S3's limits for one PUT or part, and for the number of parts.
constexpr std::uint64_t kLargestPutBytes = 5 * 1024 * kMiB;
constexpr std::uint64_t kMostParts = 10'000;

constexpr std::uint64_t kAutoPartBytes = kLargestPutBytes;
constexpr std::uint64_t kDefaultPartBytes = 16 * kMiB;

/// More connections than any client opens to one server.
constexpr std::size_t kMostConcurrency = 1000;

constexpr std::array<std::pair<const char*, UploadMode>, 5> kModes = {{
    {"auto", UploadMode::kAuto},
    {"single", UploadMode::kSingle},
    {"read-all", UploadMode::kReadAll},
    {"multipart-buffered", UploadMode::kMultipartBuffered},
    {"multipart-streamed", UploadMode::kMultipartStreamed},
}};

UploadMode parse_mode(const std::string& text) {
  std::string names;
  for (const auto& [name, mode] : kModes) {
    if (text == name) return mode;
    names += names.empty() ? "" : ", ";
    names += name;
  }
  throw UsageError("mode is \"" + text + "\"; give one of " + names);
}

OpenUploads parse_open_uploads(const std::string& text) {
  if (text == "ignore") return OpenUploads::kIgnore;
  if (text == "mention") return OpenUploads::kMention;
  if (text == "abort") return OpenUploads::kAbort;
  throw UsageError("open_uploads is \"" + text + "\"; give ignore, mention or abort");
}

PayloadSigning parse_payload(const std::string& text) {
  if (text == "signed") return PayloadSigning::kSigned;
  if (text == "unsigned") return PayloadSigning::kUnsigned;
  throw UsageError("payload is \"" + text + "\"; give signed or unsigned");
}

std::size_t parse_concurrency(const std::string& text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0 ||
      number > kMostConcurrency) {
    throw UsageError("concurrency is \"" + text + "\"; give a number from 1 to 1000");
  }
  return number;
}

std::uint64_t parse_part_size(const std::string& text) {
  const std::uint64_t bytes = parse_size(text);
  if (bytes == 0 || bytes > kLargestPutBytes) {
    throw UsageError("part_size is \"" + text + "\"; S3 takes parts of up to 5 GiB");
  }
  return bytes;
}

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

}  // namespace

UploadOptions parse_upload_options(const std::map<std::string, std::string>& options) {
  UploadOptions parsed;
  parsed.credentials.access_key = environment::value_of(environment::kS3AccessKey).value_or("");
  parsed.credentials.secret_key = environment::value_of(environment::kS3SecretKey).value_or("");
  for (const auto& [key, value] : options) {
    if (key == "endpoint") {
      parsed.endpoint = value;
    } else if (key == "bucket") {
      parsed.bucket = value;
    } else if (key == "prefix") {
      parsed.prefix = value;
    } else if (key == "region") {
      parsed.region = value;
    } else if (key == "mode") {
      parsed.mode = parse_mode(value);
    } else if (key == "part_size") {
      parsed.part_bytes = parse_part_size(value);
    } else if (key == "multipart_threshold") {
      parsed.multipart_threshold_bytes = parse_size(value);
    } else if (key == "concurrency") {
      parsed.concurrency = parse_concurrency(value);
    } else if (key == "payload") {
      parsed.payload = parse_payload(value);
    } else if (key == "open_uploads") {
      parsed.open_uploads = parse_open_uploads(value);
    } else if (key == "records") {
      parsed.records = value;
    } else if (key == "access_key") {
      parsed.credentials.access_key = value;
    } else if (key == "secret_key") {
      parsed.credentials.secret_key = value;
    } else {
      throw UsageError("upload has no option \"" + key + "\"");
    }
  }
  if (parsed.endpoint.empty()) {
    throw UsageError("upload needs the option endpoint, such as endpoint=http://127.0.0.1:9000");
  }
  if (parsed.credentials.access_key.empty() || parsed.credentials.secret_key.empty()) {
    throw UsageError(
        "upload needs keys: set SPLITSCOPE_S3_ACCESS_KEY and SPLITSCOPE_S3_SECRET_KEY");
  }
  if (parsed.part_bytes == 0) {
    parsed.part_bytes = parsed.mode == UploadMode::kAuto ? kAutoPartBytes : kDefaultPartBytes;
  }
  return parsed;
}

S3ClientOptions client_options(const UploadOptions& options) {
  S3ClientOptions made;
  made.endpoint = options.endpoint;
  made.region = options.region;
  made.credentials = options.credentials;
  made.payload = options.payload;
  made.concurrency = options.concurrency;
  return made;
}

UploadPlan plan_upload(const std::string& file, std::uint64_t length_bytes,
                       const UploadOptions& options) {
  UploadPlan plan;
  plan.mode = options.mode;
  plan.length_bytes = length_bytes;
  const std::uint64_t part_bytes =
      std::max(options.part_bytes, divide_up(length_bytes, kMostParts));
  if (plan.mode == UploadMode::kAuto) {
    const bool is_single =
        length_bytes < options.multipart_threshold_bytes || part_bytes >= length_bytes;
    plan.mode = is_single ? UploadMode::kSingle : UploadMode::kMultipartStreamed;
  }
  plan.part_bytes = plan.is_multipart() ? part_bytes : length_bytes;
  if (plan.part_bytes > kLargestPutBytes) {
    throw UsageError(shown_name(file) + ": has " + format_size_rounded(length_bytes) +
                     "; S3 takes at most 5 GiB in one PUT or part, so upload it in parts");
  }
  if (plan.is_multipart() && length_bytes > 0) {
    plan.parts = static_cast<std::size_t>(divide_up(length_bytes, part_bytes));
  }
  return plan;
}

}  // namespace splitscope::workloads
