#include "workloads/upload/upload_info.h"

#include "workloads/library.h"

namespace splitscope::workloads {

WorkloadInfo upload_info() {
  using Kind = WorkloadOption::Kind;
  return {
      .name = "upload",
      .summary = "split -> S3, in one piece or in parts",
      .input = WorkloadInput::kSplit,
      .options = {{"endpoint", "Such as http://127.0.0.1:9000"},
                  {"bucket", "Bucket, made if need be"},
                  {"prefix", "Put before the file name"},
                  {"region", "Region that requests are signed for"},
                  {"mode", "auto, single, read-all, multipart-buffered or multipart-streamed"},
                  {"part_size", "Such as 16MiB"},
                  {"multipart_threshold", "Under auto, files up to this size go in one piece"},
                  {"concurrency", "Parts in flight"},
                  {"payload", "signed or unsigned"},
                  {"open_uploads", "ignore, mention or abort those open already", Kind::kInternal},
                  {"records", "Folder for records of open uploads", Kind::kInternal}},
      .need = WorkloadNeed::kS3Server,
      .library = "libsplitscope_upload.so",
      .make = make_from_library};
}

}  // namespace splitscope::workloads
