// Proves that an object holds a file's bytes.
#pragma once

#include <string>

#include "base/digest.h"
#include "s3/client/client.h"
#include "strategies/interface/byte_source.h"
#include "workloads/upload/upload_plan.h"

namespace splitscope::workloads {

/// Compares the object with `source`, which is read once: length, ETag, and SHA-256 as the server
/// gives it or, where it gives none, of the bytes read back. All bytes go into `all` as well.
/// Errors: WrongOutput that names the key and says what differs; S3Error.
void check_object(S3Client& client, const std::string& bucket, const std::string& key,
                  const ByteSource& source, const UploadPlan& plan, Hasher& all);

}  // namespace splitscope::workloads
