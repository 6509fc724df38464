#include "s3/server/object_store.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <tuple>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/errors.h"
#include "s3/protocol/uri.h"

namespace splitscope::s3 {
namespace {

bool is_bucket_name(const std::string& bucket) {
  const auto is_valid = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return bucket.size() >= 3 && bucket.size() <= 63 &&
         std::all_of(bucket.begin(), bucket.end(), is_valid) && bucket.front() != '.' &&
         bucket.front() != '-' && bucket.find("..") == std::string::npos;
}

S3Error no_such_upload() {
  return {404, "NoSuchUpload",
          "The specified upload does not exist. It may have been aborted or completed."};
}

/// Appends the file at `path`, which must have `length_bytes`, to `file` and to the hash.
void append(const std::filesystem::path& path, std::uint64_t length_bytes, TemporaryFile& file,
            Hasher& sha256) {
  std::uint64_t got = 0;
  for_each_piece(path, [&](std::span<const std::byte> bytes) {
    file.write(bytes);
    sha256.update(bytes);
    got += bytes.size();
  });
  if (got != length_bytes) {
    throw TruncatedFile(path.string() + ": has " + std::to_string(got) + " bytes, the part had " +
                        std::to_string(length_bytes));
  }
}

}  // namespace

ObjectStore::ObjectStore(StoreOptions options) : options_(std::move(options)) {
  if (options_.storage == Storage::kDigestOnly) return;
  if (options_.folder.empty()) throw UsageError("the S3 server needs a folder to keep objects in");
  folder_.emplace(options_.folder);
  for (const auto& entry : std::filesystem::directory_iterator(options_.folder)) {
    if (entry.is_directory() && is_bucket_name(entry.path().filename().native())) {
      load(entry.path().filename().native());
    }
  }
}

/// Loads what an earlier store left in the folder. ETags of multipart uploads, content types and
/// metadata went with it.
void ObjectStore::load(const std::string& bucket) {
  Bucket& in = buckets_[bucket];
  for (const auto& entry : std::filesystem::directory_iterator(options_.folder / bucket)) {
    const auto key = key_of_file_name(entry.path().filename().native());
    if (!key || !entry.is_regular_file()) continue;
    const FileDigests digests = digest_file(entry.path());
    StoredObject& object = in.objects[*key];
    object.length_bytes = digests.length_bytes;
    object.etag = digests.md5;
    object.sha256 = digests.sha256;
    object.content_type = "application/octet-stream";
    object.modified = std::chrono::system_clock::now();
    object.file = entry.path();
  }
}

std::optional<TemporaryFile> ObjectStore::temporary_file() {
  if (options_.storage == Storage::kDigestOnly) return std::nullopt;
  return TemporaryFile(folder_->incoming() / std::to_string(next_id_.fetch_add(1)));
}

BodyReceiver ObjectStore::receive(bool with_crc32c) {
  return BodyReceiver(temporary_file(), with_crc32c);
}

ObjectStore::Bucket& ObjectStore::ensure_bucket(const std::string& bucket) {
  const auto found = buckets_.find(bucket);
  if (found != buckets_.end()) return found->second;
  if (!is_bucket_name(bucket)) {
    throw S3Error(400, "InvalidBucketName", "The specified bucket is not valid.");
  }
  if (options_.storage == Storage::kDisk) {
    std::filesystem::create_directory(options_.folder / bucket);
  }
  return buckets_[bucket];
}

const ObjectStore::Bucket& ObjectStore::find_bucket(const std::string& bucket) const {
  const auto found = buckets_.find(bucket);
  if (found == buckets_.end()) {
    throw S3Error(404, "NoSuchBucket", "The specified bucket does not exist.");
  }
  return found->second;
}

const ObjectStore::Upload& ObjectStore::find_upload(const std::string& bucket,
                                                    const std::string& key,
                                                    const std::string& id) const {
  const Bucket& in = find_bucket(bucket);
  const auto found = in.uploads.find(id);
  if (found == in.uploads.end() || found->second.key != key) throw no_such_upload();
  return found->second;
}

void ObjectStore::create_bucket(const std::string& bucket) {
  const std::lock_guard lock(mutex_);
  ensure_bucket(bucket);
}

void ObjectStore::check_bucket(const std::string& bucket) const {
  const std::lock_guard lock(mutex_);
  static_cast<void>(find_bucket(bucket));
}

StoredObject ObjectStore::commit(const std::string& bucket, const std::string& key,
                                 StoredObject object, std::optional<TemporaryFile> file) {
  object.modified = std::chrono::system_clock::now();
  if (file) object.file = options_.folder / bucket / file_name_of_key(key);
  Bucket& in = ensure_bucket(bucket);
  // Memory first, so that nothing can fail once the file has its name.
  StoredObject entry = object;
  const auto [place, is_new] = in.objects.try_emplace(key);
  try {
    if (file) file->move_to(object.file);
  } catch (...) {
    if (is_new) in.objects.erase(place);
    throw;
  }
  place->second = std::move(entry);
  return object;
}

StoredObject ObjectStore::put(const std::string& bucket, const std::string& key, ReceivedBody body,
                              const std::string& content_type, const Headers& metadata) {
  StoredObject object;
  object.length_bytes = body.length_bytes;
  object.etag = to_hex(body.md5);
  object.sha256 = to_hex(body.sha256);
  object.content_type = content_type;
  object.metadata = metadata;
  const std::lock_guard lock(mutex_);
  return commit(bucket, key, std::move(object), std::move(body.file));
}

StoredObject ObjectStore::get(const std::string& bucket, const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const Bucket& in = find_bucket(bucket);
  const auto found = in.objects.find(key);
  if (found == in.objects.end()) {
    throw S3Error(404, "NoSuchKey", "The specified key does not exist.");
  }
  return found->second;
}

std::pair<StoredObject, int> ObjectStore::open(const std::string& bucket,
                                               const std::string& key) const {
  // Under the lock, since a replacement between look-up and open would pair one object's length
  // with another's bytes.
  const std::lock_guard lock(mutex_);
  const Bucket& in = find_bucket(bucket);
  const auto found = in.objects.find(key);
  if (found == in.objects.end()) {
    throw S3Error(404, "NoSuchKey", "The specified key does not exist.");
  }
  if (found->second.file.empty()) return {found->second, -1};
  const int fd = ::open(found->second.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    throw std::system_error(errno, std::generic_category(), found->second.file.string());
  }
  return {found->second, fd};
}

void ObjectStore::remove(const std::string& bucket, const std::string& key) {
  const std::lock_guard lock(mutex_);
  static_cast<void>(find_bucket(bucket));
  auto& objects = buckets_[bucket].objects;
  const auto found = objects.find(key);
  if (found == objects.end()) return;
  if (!found->second.file.empty()) std::filesystem::remove(found->second.file);
  objects.erase(found);
}

std::vector<std::pair<std::string, StoredObject>> ObjectStore::list(
    const std::string& bucket, const std::string& prefix) const {
  const std::lock_guard lock(mutex_);
  const auto& objects = find_bucket(bucket).objects;
  std::vector<std::pair<std::string, StoredObject>> found;
  for (auto at = objects.lower_bound(prefix); at != objects.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    found.emplace_back(*at);
  }
  return found;
}

std::string ObjectStore::create_upload(const std::string& bucket, const std::string& key,
                                       const std::string& content_type, const Headers& metadata) {
  // Fixed width: the length of an id must not show in a client's heap figures.
  std::string id = fmt::format("upload-{:016x}", next_id_.fetch_add(1));
  const std::lock_guard lock(mutex_);
  ensure_bucket(bucket).uploads[id] =
      Upload{key, content_type, metadata, std::chrono::system_clock::now(), {}};
  return id;
}

void ObjectStore::check_upload(const std::string& bucket, const std::string& key,
                               const std::string& id) const {
  const std::lock_guard lock(mutex_);
  static_cast<void>(find_upload(bucket, key, id));
}

std::string ObjectStore::put_part(const std::string& bucket, const std::string& key,
                                  const std::string& id, int number, ReceivedBody body) {
  std::string etag = to_hex(body.md5);
  const std::lock_guard lock(mutex_);
  static_cast<void>(find_upload(bucket, key, id));
  buckets_[bucket].uploads[id].parts[number] =
      StoredPart{std::chrono::system_clock::now(), std::move(body)};
  return etag;
}

void ObjectStore::check_parts(const Upload& upload, const PartList& parts) const {
  int previous = 0;
  for (const auto& [number, etag] : parts) {
    if (number <= previous) {
      throw S3Error(400, "InvalidPartOrder",
                    "The list of parts was not in ascending order of part numbers.");
    }
    previous = number;
    const auto part = upload.parts.find(number);
    if (part == upload.parts.end() || to_hex(part->second.body.md5) != etag) {
      throw S3Error(
          400, "InvalidPart",
          fmt::format("Part {} was not uploaded, or its ETag differs from the one given.", number));
    }
  }
  for (const auto& [number, etag] : parts) {
    const auto part = upload.parts.find(number);
    if (number != parts.back().first &&
        part->second.body.length_bytes < options_.minimum_part_bytes) {
      throw S3Error(
          400, "EntityTooSmall",
          fmt::format("Part {} has {} bytes; all parts but the last need at least {}.", number,
                      part->second.body.length_bytes, options_.minimum_part_bytes));
    }
  }
}

StoredObject ObjectStore::assemble(const Upload& upload, const PartList& parts,
                                   std::optional<TemporaryFile>& file) {
  StoredObject object;
  object.content_type = upload.content_type;
  object.metadata = upload.metadata;
  std::string md5s;
  std::string sha256s;
  Hasher sha256(HashKind::kSha256);
  for (const auto& [number, etag] : parts) {
    const ReceivedBody& body = upload.parts.at(number).body;
    object.length_bytes += body.length_bytes;
    md5s += body.md5;
    sha256s += body.sha256;
    if (file) append(body.file->path(), body.length_bytes, *file, sha256);
  }
  object.etag = fmt::format("{}-{}", to_hex(digest_of(HashKind::kMd5, md5s)), parts.size());
  object.composite_sha256 =
      fmt::format("{}-{}", to_hex(digest_of(HashKind::kSha256, sha256s)), parts.size());
  if (file) {
    file->close();
    object.sha256 = to_hex(sha256.finish());
  } else if (parts.size() == 1) {
    object.sha256 = to_hex(sha256s);
  }
  return object;
}

StoredObject ObjectStore::complete_upload(const std::string& bucket, const std::string& key,
                                          const std::string& id, const PartList& parts) {
  Upload upload;
  {
    const std::lock_guard lock(mutex_);
    const auto& completed = find_bucket(bucket).completed;
    if (const auto done = completed.find(id);
        done != completed.end() && done->second.first == key) {
      return done->second.second;
    }
    check_parts(find_upload(bucket, key, id), parts);
    Bucket& in = buckets_[bucket];
    in.completing[id] = false;
    auto taken = in.uploads.extract(id);
    upload = std::move(taken.mapped());
  }
  // Putting the parts together may take long, so it happens without the lock.
  try {
    std::optional<TemporaryFile> file = temporary_file();
    StoredObject object = assemble(upload, parts, file);
    const std::lock_guard lock(mutex_);
    object = commit(bucket, key, std::move(object), std::move(file));
    Bucket& in = buckets_[bucket];
    in.completed[id] = {key, object};
    in.completing.erase(id);
    return object;
  } catch (...) {
    const std::lock_guard lock(mutex_);
    Bucket& in = buckets_[bucket];
    const bool is_aborted = in.completing[id];
    in.completing.erase(id);
    if (!is_aborted) in.uploads[id] = std::move(upload);
    throw;
  }
}

void ObjectStore::abort_upload(const std::string& bucket, const std::string& key,
                               const std::string& id) {
  const std::lock_guard lock(mutex_);
  static_cast<void>(find_bucket(bucket));
  // It may still go either way; if the completion fails, the upload must not come back.
  auto& completing = buckets_[bucket].completing;
  if (const auto found = completing.find(id); found != completing.end()) {
    found->second = true;
    return;
  }
  static_cast<void>(find_upload(bucket, key, id));
  buckets_[bucket].uploads.erase(id);
}

std::vector<PartSummary> ObjectStore::list_parts(const std::string& bucket, const std::string& key,
                                                 const std::string& id) const {
  const std::lock_guard lock(mutex_);
  std::vector<PartSummary> parts;
  for (const auto& [number, part] : find_upload(bucket, key, id).parts) {
    parts.push_back({number, part.body.length_bytes, to_hex(part.body.md5), part.modified});
  }
  return parts;
}

std::vector<UploadSummary> ObjectStore::list_uploads(const std::string& bucket) const {
  const std::lock_guard lock(mutex_);
  std::vector<UploadSummary> uploads;
  for (const auto& [id, upload] : find_bucket(bucket).uploads) {
    uploads.push_back({upload.key, id, upload.initiated});
  }
  std::sort(uploads.begin(), uploads.end(), [](const UploadSummary& a, const UploadSummary& b) {
    return std::tie(a.key, a.id) < std::tie(b.key, b.id);
  });
  return uploads;
}

}  // namespace splitscope::s3
