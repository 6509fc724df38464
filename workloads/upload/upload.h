// The workflow "splits to S3".
#pragma once

#include <memory>

#include "workloads/workload.h"

namespace splitscope {

/// spec.inputs: split files with names that differ; each becomes the object <prefix><file name>,
/// one after the other. spec.output is not used. Options (see upload_plan.h for what they mean):
/// endpoint, bucket, prefix, region, mode, part_size, multipart_threshold, concurrency, payload,
/// access_key, secret_key; without the last two, SPLITSCOPE_S3_ACCESS_KEY and
/// SPLITSCOPE_S3_SECRET_KEY of the environment.
///
/// prepare() deletes the objects and creates the bucket if need be. run() marks the phases plan,
/// parts and complete and counts s3_requests, s3_retries, s3_sent_bytes and s3_prepass_bytes (read
/// once more for signatures). An upload that fails is aborted, so nothing of it stays on the
/// server. verify() compares length, ETag and SHA-256 of each object with the file. Where the
/// server offers no SHA-256, it reads the object back. The digest is that of all objects' bytes in
/// order. Errors besides Workload's own: S3Error; UsageError about options.
[[nodiscard]] std::unique_ptr<Workload> make_upload(const WorkloadSpec& spec);

}  // namespace splitscope
