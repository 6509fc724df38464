// What the loopback server keeps: objects and unfinished uploads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "s3/protocol/http_message.h"
#include "s3/protocol/s3_error.h"
#include "s3/server/received_body.h"
#include "s3/server/store_folder.h"

namespace splitscope::s3 {

enum class Storage {
  /// Bytes in files below a folder; the index lives as long as the store.
  kDisk,
  /// Lengths and digests only: what an upload benchmark needs, without the disk.
  kDigestOnly,
};

struct StoreOptions {
  Storage storage = Storage::kDigestOnly;
  /// For kDisk. New, empty, or that of a store that is no longer: its objects are there again, what
  /// it had not finished is removed.
  std::filesystem::path folder;
  /// S3's own minimum for all parts but the last; less so that tests can use small parts.
  std::uint64_t minimum_part_bytes = 5 * 1024 * 1024;
};

struct StoredObject {
  std::uint64_t length_bytes = 0;
  /// Without quotes: MD5 in hex, or "<MD5 of MD5s>-<parts>".
  std::string etag;
  /// SHA-256 of the bytes in hex. Empty for a multipart object of which only digests are kept: its
  /// parts may have come in any order.
  std::string sha256;
  /// "<SHA-256 of the parts' SHA-256s>-<parts>"; empty for a single PUT.
  std::string composite_sha256;
  std::string content_type;
  /// "x-amz-meta-..." headers.
  Headers metadata;
  std::chrono::system_clock::time_point modified;
  /// Empty when only digests are kept.
  std::filesystem::path file;
};

struct StoredPart {
  std::chrono::system_clock::time_point modified;
  ReceivedBody body;
};

struct PartSummary {
  int number = 0;
  std::uint64_t length_bytes = 0;
  std::string etag;
  std::chrono::system_clock::time_point modified;
};

struct UploadSummary {
  std::string key;
  std::string id;
  std::chrono::system_clock::time_point initiated;
};

/// Number and ETag (without quotes) as CompleteMultipartUpload lists them.
using PartList = std::vector<std::pair<int, std::string>>;

/// Thread-safe. Errors: S3Error with S3's codes; std::system_error for the disk; UsageError from
/// the constructor. Buckets come into being with the first object or upload. Files get their names
/// when they are whole, so an object is whole or the one before, whatever happens.
class ObjectStore {
 public:
  explicit ObjectStore(StoreOptions options);

  [[nodiscard]] const StoreOptions& options() const { return options_; }
  /// A receiver for one body, to be handed to put or put_part.
  [[nodiscard]] BodyReceiver receive(bool with_crc32c);

  void create_bucket(const std::string& bucket);
  void check_bucket(const std::string& bucket) const;

  StoredObject put(const std::string& bucket, const std::string& key, ReceivedBody body,
                   const std::string& content_type, const Headers& metadata);
  [[nodiscard]] StoredObject get(const std::string& bucket, const std::string& key) const;
  /// The same, with the file opened before anybody can replace it; -1 when there is no file.
  [[nodiscard]] std::pair<StoredObject, int> open(const std::string& bucket,
                                                  const std::string& key) const;
  /// No error when there is no such key, as in S3.
  void remove(const std::string& bucket, const std::string& key);
  [[nodiscard]] std::vector<std::pair<std::string, StoredObject>> list(
      const std::string& bucket, const std::string& prefix) const;

  [[nodiscard]] std::string create_upload(const std::string& bucket, const std::string& key,
                                          const std::string& content_type, const Headers& metadata);
  /// NoSuchUpload before a body is taken in for nothing.
  void check_upload(const std::string& bucket, const std::string& key, const std::string& id) const;
  /// Returns the ETag.
  std::string put_part(const std::string& bucket, const std::string& key, const std::string& id,
                       int number, ReceivedBody body);
  /// Repeating a completion that went through gives the same object again, so that a client may
  /// retry it.
  StoredObject complete_upload(const std::string& bucket, const std::string& key,
                               const std::string& id, const PartList& parts);
  void abort_upload(const std::string& bucket, const std::string& key, const std::string& id);
  [[nodiscard]] std::vector<PartSummary> list_parts(const std::string& bucket,
                                                    const std::string& key,
                                                    const std::string& id) const;
  /// By key, then by id.
  [[nodiscard]] std::vector<UploadSummary> list_uploads(const std::string& bucket) const;

 private:
  struct Upload {
    std::string key;
    std::string content_type;
    Headers metadata;
    std::chrono::system_clock::time_point initiated;
    std::map<int, StoredPart> parts;
  };
  struct Bucket {
    std::map<std::string, StoredObject> objects;
    std::map<std::string, Upload> uploads;
    /// Completed uploads: id to key and object.
    std::map<std::string, std::pair<std::string, StoredObject>> completed;
    /// Uploads whose parts are being put together: whether they were aborted meanwhile.
    std::map<std::string, bool> completing;
  };

  void load(const std::string& bucket);
  [[nodiscard]] std::optional<TemporaryFile> temporary_file();
  Bucket& ensure_bucket(const std::string& bucket);
  [[nodiscard]] const Bucket& find_bucket(const std::string& bucket) const;
  [[nodiscard]] const Upload& find_upload(const std::string& bucket, const std::string& key,
                                          const std::string& id) const;
  void check_parts(const Upload& upload, const PartList& parts) const;
  [[nodiscard]] StoredObject assemble(const Upload& upload, const PartList& parts,
                                      std::optional<TemporaryFile>& file);
  StoredObject commit(const std::string& bucket, const std::string& key, StoredObject object,
                      std::optional<TemporaryFile> file);

  StoreOptions options_;
  std::optional<StoreFolder> folder_;
  std::atomic<std::uint64_t> next_id_{1};
  mutable std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace splitscope::s3
