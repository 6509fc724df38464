// A record on this machine of each multipart upload that is open, so that one whose process was
// killed can be told from one that is under way.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace splitscope::workloads {

/// What it takes to abort an upload, but for the keys: those are in no record.
struct OpenUpload {
  std::string endpoint;
  std::string bucket;
  std::string key;
  std::string id;
};

/// One file, locked (flock) as long as this lives and removed with it: the lock is free only when
/// its process is dead. Single-threaded.
class UploadRecord {
 public:
  UploadRecord(OpenUpload upload, std::filesystem::path file, int fd) noexcept;
  ~UploadRecord();
  UploadRecord(const UploadRecord&) = delete;
  UploadRecord& operator=(const UploadRecord&) = delete;

  [[nodiscard]] const OpenUpload& upload() const { return upload_; }
  /// The file stays: the upload is still open, and a later process shall see to it.
  void keep() noexcept { is_kept_ = true; }

 private:
  OpenUpload upload_;
  std::filesystem::path file_;
  int fd_;
  bool is_kept_ = false;
};

/// The folder of records, of one user on one machine; several processes may use it at once.
/// Single-threaded. Best effort: what cannot be read or written is as if it were not there, since
/// no upload fails for its record.
class UploadRecords {
 public:
  /// Makes the folder. Null when that cannot be done.
  [[nodiscard]] static std::unique_ptr<UploadRecords> open(const std::filesystem::path& folder);

  /// Null when it cannot be written.
  [[nodiscard]] std::unique_ptr<UploadRecord> add(const OpenUpload& upload);

  /// The records of dead processes' uploads to this bucket, locked by this process from now on. A
  /// record whose upload was aborted is removed with its object.
  [[nodiscard]] std::vector<std::unique_ptr<UploadRecord>> take_dead(const std::string& endpoint,
                                                                     const std::string& bucket);

  /// The ids of uploads that live processes are at.
  [[nodiscard]] std::set<std::string> live_ids();

 private:
  explicit UploadRecords(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
};

}  // namespace splitscope::workloads
