#include "workloads/upload/upload.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/death.h"
#include "base/errors.h"
#include "base/input_identity.h"
#include "base/printable.h"
#include "formats/errors.h"
#include "s3/client/truncation_guard.h"
#include "workloads/upload/open_uploads.h"
#include "workloads/upload/upload_check.h"
#include "workloads/upload/upload_plan.h"
#include "workloads/upload/upload_records.h"

namespace splitscope::workloads {
namespace {

/// Heap buffers for parts in flight, one per slot, made when a slot is first used.
class PartBuffers {
 public:
  PartBuffers(const ByteSource& source, const UploadPlan& plan, std::size_t slots)
      : source_(source), plan_(plan), buffers_(slots) {}

  /// The part's bytes; valid until the slot's next part.
  std::span<const std::byte> gather(std::size_t part, std::size_t slot) {
    auto& buffer = buffers_[slot];
    if (!buffer) {
      const std::uint64_t largest = std::min(plan_.part_bytes, plan_.length_bytes);
      buffer = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(largest));
    }
    const auto length = static_cast<std::size_t>(plan_.part_length(part));
    std::size_t filled = 0;
    const auto scan = source_.scan(plan_.part_offset(part), length);
    for (Bytes window = scan->next(); !window.empty();) {
      if (window.size() > length - filled) {
        throw std::logic_error("a scan yields more bytes than it was asked for");
      }
      throw_if_dying();
      std::memcpy(buffer.get() + filled, window.data(), window.size());
      filled += window.size();
      window.reset();
      window = scan->next();
    }
    if (filled != length) {
      throw TruncatedFile("the file being uploaded became shorter: " + std::to_string(filled) +
                          " of " + std::to_string(length) + " bytes of a part could be read");
    }
    s3::throw_if_truncated();
    return {buffer.get(), length};
  }

 private:
  const ByteSource& source_;
  const UploadPlan& plan_;
  std::vector<std::unique_ptr<std::byte[]>> buffers_;
};

class UploadWorkload final : public Workload {
 public:
  explicit UploadWorkload(WorkloadSpec spec) : spec_(std::move(spec)) {}

  [[nodiscard]] std::string name() const override { return "upload"; }

  void prepare() override {
    options_ = parse_upload_options(spec_.options);
    if (spec_.inputs.empty()) throw UsageError("upload needs at least one split");
    std::set<std::string> names;
    for (const auto& input : spec_.inputs) {
      if (!std::filesystem::is_regular_file(input)) {
        throw UsageError(shown_path(input) + ": no such file; upload takes .split files");
      }
      if (!names.insert(input.filename().string()).second) {
        throw UsageError(shown_path(input) +
                         ": another input has the same name, so they would be the same object");
      }
      static_cast<void>(plan_upload(input.string(), std::filesystem::file_size(input), options_));
    }
    uploaded_ = 0;
    is_watched_ = options_.open_uploads != OpenUploads::kIgnore;
    if (is_watched_) {
      for (const auto& input : spec_.inputs) identity_.add_file(input);
    }
    look_after_open_uploads();
    // Made here so that what libcurl and the connection take once lies outside the window.
    client_.emplace(client_options(options_));
    make_bucket_if_it_lacks();
  }

  void run(Strategy& strategy, RunContext& context) override {
    std::optional<s3::TruncationGuard> guard;
    if (is_watched_) guard.emplace();
    const S3ClientStatistics before = client_->statistics();
    for (const auto& input : spec_.inputs) {
      context.phase("plan");
      const auto source = strategy.open(input);
      const UploadPlan plan = plan_upload(input.string(), source->size(), options_);
      const std::string key = key_of(input);
      std::string etag;
      try {
        etag = upload(*source, plan, key, context);
      } catch (const S3Error& error) {
        // Nothing else is a reason to make one: HEAD may be forbidden to whoever may upload.
        if (error.code() != "NoSuchBucket") throw;
        client_->create_bucket(options_.bucket);
        etag = upload(*source, plan, key, context);
      }
      ++uploaded_;
      if (is_watched_) context.tell(account_of(plan, key, etag));
    }
    const S3ClientStatistics& after = client_->statistics();
    context.count("s3_requests", after.requests - before.requests);
    context.count("s3_retries", after.retries - before.retries);
    context.count("s3_sent_bytes", after.sent_bytes - before.sent_bytes);
    context.count("s3_prepass_bytes", after.prepass_bytes - before.prepass_bytes);
  }

  [[nodiscard]] Verification verify() override {
    if (uploaded_ != spec_.inputs.size()) {
      throw formats::WrongOutput(
          "nothing was uploaded, so what lies there is an object from before");
    }
    S3Client client(client_options(options_));
    Verification verification;
    Hasher all(HashKind::kSha256);
    for (const auto& input : spec_.inputs) {
      const auto source = spec_.reference->open(input);
      const UploadPlan plan = plan_upload(input.string(), source->size(), options_);
      check_object(client, options_.bucket, key_of(input), *source, plan, all);
      verification.input_bytes += plan.length_bytes;
      verification.output_bytes += plan.length_bytes;
    }
    verification.digest = "sha256:" + to_hex(all.finish());
    return verification;
  }

 private:
  [[nodiscard]] std::string key_of(const std::filesystem::path& input) const {
    return options_.prefix + input.filename().string();
  }

  /// Not everybody who may upload may ask or do this, so an error is no matter: the upload itself
  /// will tell.
  void make_bucket_if_it_lacks() {
    if (!client_->lacks_bucket(options_.bucket)) return;
    try {
      client_->create_bucket(options_.bucket);
    } catch (const S3Error&) {
    }
  }

  void look_after_open_uploads() {
    if (!options_.records.empty()) records_ = UploadRecords::open(options_.records);
    if (!is_watched_) return;
    std::vector<std::string> keys;
    for (const auto& input : spec_.inputs) keys.push_back(key_of(input));
    for (const std::string& line : settle_open_uploads(options_, keys, records_.get())) say(line);
  }

  void say(const std::string& line) const {
    if (!is_watched_) return;
    std::fprintf(stderr, "splitscope: %s\n", line.c_str());
  }

  [[nodiscard]] std::string account_of(const UploadPlan& plan, const std::string& key,
                                       const std::string& etag) const {
    const std::string parts =
        plan.is_multipart() ? std::to_string(plan.parts) + " parts" : std::string("one request");
    return "uploaded s3://" + options_.bucket + "/" + printable(key) + ": " +
           std::to_string(plan.length_bytes) + " bytes in " + parts + ", ETag " + printable(etag);
  }

  /// Returns the object's ETag.
  std::string upload(const ByteSource& source, const UploadPlan& plan, const std::string& key,
                     RunContext& context) {
    if (plan.is_multipart()) return upload_in_parts(source, plan, key, context);
    context.phase("parts");
    std::string etag;
    if (plan.mode == UploadMode::kReadAll) {
      const Bytes whole = source.read(0, static_cast<std::size_t>(plan.length_bytes));
      etag = client_->put_object(options_.bucket, key, checked(body_in_memory(whole.span())));
    } else {
      etag = client_->put_object(options_.bucket, key,
                                 checked(scanned_body(source, 0, plan.length_bytes)));
    }
    context.phase("complete");
    return etag;
  }

  std::string upload_in_parts(const ByteSource& source, const UploadPlan& plan,
                              const std::string& key, RunContext& context) {
    const std::string id = begin_upload(key);
    std::unique_ptr<UploadRecord> record;
    try {
      if (records_) record = records_->add({options_.endpoint, options_.bucket, key, id});
      context.phase("parts");
      PartBuffers buffers(source, plan, options_.concurrency);
      const auto etags = client_->upload_parts(
          options_.bucket, key, id, plan.parts, [&](std::size_t part, std::size_t slot) {
            return plan.mode == UploadMode::kMultipartBuffered
                       ? body_in_memory(buffers.gather(part, slot))
                       : scanned_body(source, plan.part_offset(part), plan.part_length(part));
          });
      context.phase("complete");
      s3::throw_if_truncated();
      identity_.check_unchanged();
      return client_->complete_multipart_upload(options_.bucket, key, id, etags);
    } catch (...) {
      // The first error is the one to report, not one of cleaning up behind it.
      const std::string problem = abort_upload(options_, key, id);
      if (!problem.empty()) {
        say("upload " + id + " of " + key + " stays open: " + problem);
        // The next start finds the record and tries again.
        if (record) record->keep();
      }
      throw;
    }
  }

  std::string begin_upload(const std::string& key) {
    const std::uint64_t before = client_->statistics().unanswered_creations;
    const auto mention_unanswered = [&] {
      if (client_->statistics().unanswered_creations == before) return;
      say("a request to begin an upload of " + key +
          " was not answered; the server may hold an open upload that nobody knows the id of: "
          "upload with --abort-stale once no other upload of this key is under way");
    };
    try {
      std::string id = client_->create_multipart_upload(options_.bucket, key);
      mention_unanswered();
      return id;
    } catch (...) {
      mention_unanswered();
      throw;
    }
  }

  /// The server puts an object in its place as soon as it has the last byte.
  [[nodiscard]] BodySource checked(BodySource body) const {
    if (is_watched_) body.before_end = [this] { identity_.check_unchanged(); };
    return body;
  }

  static BodySource scanned_body(const ByteSource& source, std::uint64_t offset,
                                 std::uint64_t length_bytes) {
    return {length_bytes,
            [&source, offset, length_bytes] { return source.scan(offset, length_bytes); },
            {}};
  }

  /// Hashed here, since a pass over memory is no second reading of the file, which the client would
  /// count it as.
  [[nodiscard]] BodySource body_in_memory(std::span<const std::byte> bytes) const {
    BodySource body = memory_body(bytes);
    if (options_.payload == PayloadSigning::kSigned) body.sha256 = s3::hash_body(body);
    return body;
  }

  WorkloadSpec spec_;
  UploadOptions options_;
  /// Whether this is the user's own upload: measured ones have nobody to tell, and no file that
  /// others write to.
  bool is_watched_ = false;
  InputIdentity identity_;
  std::optional<S3Client> client_;
  std::unique_ptr<UploadRecords> records_;
  /// How many objects run() has put in their place.
  std::size_t uploaded_ = 0;
};

}  // namespace

std::unique_ptr<Workload> make_upload(const WorkloadSpec& spec) {
  return std::make_unique<UploadWorkload>(spec);
}

}  // namespace splitscope::workloads
