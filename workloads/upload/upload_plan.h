// How a file goes to S3: in one PUT or in parts, and through which memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "s3/client/client.h"

namespace splitscope::workloads {

/// What happens to multipart uploads of the same keys that are open already.
enum class OpenUploads {
  /// Nobody looks.
  kIgnore,
  /// Those that a dead process of this machine's left are aborted, others are mentioned on stderr.
  kMention,
  /// All are aborted that no live process of this machine's is known to be at.
  kAbort,
};

enum class UploadMode {
  /// By size, as Quickwit's MultiPartPolicy does (quickwit-storage/src/object_storage/policy.rs):
  /// one streamed PUT below multipart_threshold, and above it parts of part_size, or more if there
  /// would be over 10,000. With the default part size of 5 GiB, files up to 5 GiB still go in one
  /// PUT, as they do there.
  kAuto,
  /// One PUT, read by one scan.
  kSingle,
  /// One PUT, the whole file read at once before (Quickwit's PutPayload::read_all).
  kReadAll,
  /// Parts, each gathered on the heap before it is sent (OpenDAL, Azure).
  kMultipartBuffered,
  /// Parts, each read by a scan of its own while it is sent.
  kMultipartStreamed,
};

struct UploadOptions {
  std::string endpoint;
  std::string bucket = "splitscope";
  /// Put before the file name: "indexes/a/".
  std::string prefix;
  std::string region = "us-east-1";
  UploadMode mode = UploadMode::kAuto;
  /// Default: 5 GiB with mode=auto, as in Quickwit; 16 MiB where parts are asked for.
  std::uint64_t part_bytes = 0;
  /// Quickwit's: 128 MiB.
  std::uint64_t multipart_threshold_bytes = 128ULL * 1024 * 1024;
  /// Parts in flight. Quickwit allows 100; 4 show the effect and fit small machines.
  std::size_t concurrency = 4;
  PayloadSigning payload = PayloadSigning::kSigned;
  s3::Credentials credentials;
  OpenUploads open_uploads = OpenUploads::kIgnore;
  /// Where a record of each open upload is kept (upload_records.h); empty: nowhere.
  std::filesystem::path records;
};

/// From a workload's options and the environment. Errors: UsageError that names the option.
[[nodiscard]] UploadOptions parse_upload_options(const std::map<std::string, std::string>& options);

[[nodiscard]] S3ClientOptions client_options(const UploadOptions& options);

struct UploadPlan {
  /// Never kAuto.
  UploadMode mode = UploadMode::kSingle;
  std::uint64_t length_bytes = 0;
  /// Size of all parts but the last; the length when there is one PUT.
  std::uint64_t part_bytes = 0;
  std::size_t parts = 1;

  [[nodiscard]] bool is_multipart() const {
    return mode == UploadMode::kMultipartBuffered || mode == UploadMode::kMultipartStreamed;
  }
  [[nodiscard]] std::uint64_t part_offset(std::size_t part) const { return part * part_bytes; }
  [[nodiscard]] std::uint64_t part_length(std::size_t part) const {
    const std::uint64_t left = length_bytes - part_offset(part);
    return left < part_bytes ? left : part_bytes;
  }
};

/// Errors: UsageError naming `file` when S3's limits leave no way.
[[nodiscard]] UploadPlan plan_upload(const std::string& file, std::uint64_t length_bytes,
                                     const UploadOptions& options);

}  // namespace splitscope::workloads
