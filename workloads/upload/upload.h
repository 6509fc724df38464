// The workflow "splits to S3".
#pragma once

#include <memory>

#include "workloads/workload.h"

namespace splitscope::workloads {

/// spec.inputs: split files with names that differ; each becomes the object <prefix><file name>,
/// one after the other. spec.output is not used. Options (see upload_plan.h for what they mean):
/// endpoint, bucket, prefix, region, mode, part_size, multipart_threshold, concurrency, payload,
/// access_key, secret_key, open_uploads, records; without keys, SPLITSCOPE_S3_ACCESS_KEY and
/// SPLITSCOPE_S3_SECRET_KEY of the environment.
///
/// No object is ever deleted: the old one stays until S3 puts the new one in its place, whole.
/// Permission to put objects is all that is needed. The bucket is made when the server says that
/// there is none.
///
/// run() marks the phases plan, parts and complete and counts s3_requests, s3_retries,
/// s3_sent_bytes and s3_prepass_bytes (read once more for signatures). A multipart upload that
/// fails, for whatever reason, is aborted within 5 seconds, and so is one that a signal interrupts
/// (base/death.h). verify() compares length, ETag and SHA-256 of each object with the file. Where
/// the server offers no SHA-256, it reads the object back. The digest is that of all objects' bytes
/// in order. Errors besides Workload's own: S3Error; UsageError about options; Interrupted.
[[nodiscard]] std::unique_ptr<Workload> make_upload(const WorkloadSpec& spec);

}  // namespace splitscope::workloads
