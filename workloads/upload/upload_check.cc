#include "workloads/upload/upload_check.h"

#include "base/death.h"
#include "formats/errors.h"

namespace splitscope::workloads {
namespace {

struct ExpectedObject {
  std::string etag;
  std::string sha256;
  std::string composite_sha256;
};

ExpectedObject digest_source(const ByteSource& source, const UploadPlan& plan, Hasher& all) {
  Hasher md5(HashKind::kMd5);
  Hasher part_sha256(HashKind::kSha256);
  Hasher sha256(HashKind::kSha256);
  std::string md5s;
  std::string sha256s;
  for (std::size_t part = 0; part < plan.parts; ++part) {
    const auto scan = source.scan(plan.part_offset(part), plan.part_length(part));
    for (Bytes window = scan->next(); !window.empty();) {
      throw_if_dying();
      md5.update(window.span());
      part_sha256.update(window.span());
      sha256.update(window.span());
      all.update(window.span());
      window.reset();
      window = scan->next();
    }
    md5s += md5.finish();
    sha256s += part_sha256.finish();
  }
  ExpectedObject expected;
  expected.sha256 = to_hex(sha256.finish());
  if (!plan.is_multipart()) {
    expected.etag = to_hex(md5s);
    return expected;
  }
  const std::string suffix = "-" + std::to_string(plan.parts);
  expected.etag = to_hex(digest_of(HashKind::kMd5, md5s)) + suffix;
  expected.composite_sha256 = to_hex(digest_of(HashKind::kSha256, sha256s)) + suffix;
  return expected;
}

void require_equal(const std::string& key, const char* what, const std::string& expected,
                   const std::string& found) {
  if (expected == found) return;
  throw formats::WrongOutput("object " + key + ": " + what + " is " + found +
                             ", that of the file is " + expected);
}

std::string sha256_of_object(S3Client& client, const std::string& bucket, const std::string& key) {
  Hasher sha256(HashKind::kSha256);
  client.get_object(bucket, key, [&](std::span<const std::byte> bytes) { sha256.update(bytes); });
  return to_hex(sha256.finish());
}

}  // namespace

void check_object(S3Client& client, const std::string& bucket, const std::string& key,
                  const ByteSource& source, const UploadPlan& plan, Hasher& all) {
  const S3ObjectInfo found = client.head_object(bucket, key);
  const ExpectedObject expected = digest_source(source, plan, all);
  require_equal(key, "length", std::to_string(plan.length_bytes),
                std::to_string(found.length_bytes));
  require_equal(key, "ETag", expected.etag, found.etag);
  if (!found.composite_sha256.empty()) {
    require_equal(key, "SHA-256 of its parts' SHA-256s", expected.composite_sha256,
                  found.composite_sha256);
  }
  if (!found.sha256.empty()) {
    require_equal(key, "SHA-256", expected.sha256, found.sha256);
  } else if (found.composite_sha256.empty()) {
    require_equal(key, "SHA-256", expected.sha256, sha256_of_object(client, bucket, key));
  }
}

}  // namespace splitscope::workloads
