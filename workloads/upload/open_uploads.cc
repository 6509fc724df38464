#include "workloads/upload/open_uploads.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "base/death.h"
#include "s3/client/client.h"

namespace splitscope::workloads {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int kAbortTries = 2;
/// Twice this and the time between stay below 5 seconds.
constexpr milliseconds kAbortLimit{2400};
/// Nobody waits long for what is only said for information.
constexpr milliseconds kListLimit{2000};
/// For all that an upload does about earlier ones.
constexpr milliseconds kSettleLimit{5000};

S3ClientOptions one_try(const UploadOptions& options, milliseconds limit) {
  S3ClientOptions made = client_options(options);
  made.concurrency = 1;
  made.attempts = 1;
  made.attempt_limit = limit;
  return made;
}

/// Empty when it is gone.
std::string try_to_abort(const S3ClientOptions& options, const std::string& bucket,
                         const std::string& key, const std::string& id) {
  try {
    S3Client(options).abort_multipart_upload(bucket, key, id);
    return {};
  } catch (const S3Error& error) {
    if (error.code() == "NoSuchBucket") return {};
    return error.what();
  }
}

std::string plural(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " multipart upload" : " multipart uploads");
}

/// What settle_open_uploads() does, with the time that is left for it.
class Settling {
 public:
  Settling(const UploadOptions& options, UploadRecords* records)
      : options_(options), records_(records), end_(Clock::now() + kSettleLimit) {}

  void abort_dead() {
    if (records_ == nullptr) return;
    for (auto& record : records_->take_dead(options_.endpoint, options_.bucket)) {
      const OpenUpload& upload = record->upload();
      const std::string problem = abort(upload.key, upload.id);
      if (problem.empty()) {
        lines_.push_back("aborted a multipart upload of " + upload.key +
                         " that an upload which was killed had left open");
      } else {
        record->keep();
        mentioned_.insert(upload.id);
        lines_.push_back("a multipart upload of " + upload.key +
                         ", left by an upload which was killed, stays open: " + problem);
      }
    }
    live_ = records_->live_ids();
  }

  void look_at(const std::string& key) {
    std::vector<S3OpenUpload> open;
    try {
      if (time_left() <= milliseconds(0)) return;
      open = S3Client(one_try(options_, std::min(kListLimit, time_left())))
                 .list_multipart_uploads(options_.bucket, key);
    } catch (const S3Error& error) {
      // Not everybody may list. Who asked for something has to know that it was not done.
      if (options_.open_uploads == OpenUploads::kAbort && error.code() != "NoSuchBucket") {
        lines_.push_back("no open multipart upload was aborted: " + std::string(error.what()));
      }
      return;
    }
    std::erase_if(open, [&](const S3OpenUpload& upload) {
      return live_.contains(upload.id) || mentioned_.contains(upload.id);
    });
    if (open.empty()) return;
    if (options_.open_uploads == OpenUploads::kAbort) {
      abort_all(key, open);
      return;
    }
    lines_.push_back(plural(open.size()) + " of " + key + " " + (open.size() == 1 ? "is" : "are") +
                     " open already, since " + open.front().initiated +
                     "; unless somebody is still at it, --abort-stale aborts " +
                     (open.size() == 1 ? "it" : "them"));
  }

  [[nodiscard]] std::vector<std::string> lines() && { return std::move(lines_); }

 private:
  [[nodiscard]] milliseconds time_left() const {
    return std::chrono::duration_cast<milliseconds>(end_ - Clock::now());
  }

  [[nodiscard]] std::string abort(const std::string& key, const std::string& id) const {
    throw_if_dying();
    const milliseconds left = time_left();
    if (left <= milliseconds(0)) return "there was no time left to abort it";
    return try_to_abort(one_try(options_, std::min(kAbortLimit, left)), options_.bucket, key, id);
  }

  void abort_all(const std::string& key, const std::vector<S3OpenUpload>& open) {
    std::size_t aborted = 0;
    std::string problem;
    for (const S3OpenUpload& upload : open) {
      const std::string found = abort(key, upload.id);
      if (found.empty()) ++aborted;
      if (problem.empty()) problem = found;
    }
    std::string line = "aborted " + plural(aborted) + " of " + key + " that had been left open";
    if (!problem.empty()) {
      line += "; " + std::to_string(open.size() - aborted) + " may still be: " + problem;
    }
    lines_.push_back(line);
  }

  const UploadOptions& options_;
  UploadRecords* records_;
  Clock::time_point end_;
  std::set<std::string> live_;
  std::set<std::string> mentioned_;
  std::vector<std::string> lines_;
};

}  // namespace

std::string abort_upload(const UploadOptions& options, const std::string& key,
                         const std::string& id) noexcept {
  // Short enough to need no memory of its own, should that be what is missing.
  std::string problem = "out of memory";
  for (int i = 0; i < kAbortTries; ++i) {
    try {
      S3ClientOptions client = one_try(options, kAbortLimit);
      client.ends_on_signal = false;
      problem = try_to_abort(client, options.bucket, key, id);
      if (problem.empty()) return problem;
    } catch (const std::bad_alloc&) {
    } catch (const std::exception& error) {
      try {
        problem = error.what();
      } catch (...) {
      }
    } catch (...) {
    }
  }
  return problem;
}

std::vector<std::string> settle_open_uploads(const UploadOptions& options,
                                             const std::vector<std::string>& keys,
                                             UploadRecords* records) {
  Settling settling(options, records);
  settling.abort_dead();
  for (const std::string& key : keys) settling.look_at(key);
  return std::move(settling).lines();
}

}  // namespace splitscope::workloads
