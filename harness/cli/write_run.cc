#include "harness/cli/write_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>

#include "base/errors.h"
#include "base/file_error.h"
#include "base/open_restarting.h"
#include "base/output_place.h"
#include "base/printable.h"
#include "base/same_file.h"
#include "harness/result/json_reader.h"
#include "harness/result/json_writer.h"
#include "harness/result/verdict.h"
#include "harness/run/allocators.h"
#include "harness/run/process.h"

namespace splitscope::cli {

namespace fs = std::filesystem;

namespace {

// A file as it was written: a name that leads to another one was written by somebody else.
using Identity = std::tuple<dev_t, ino_t, off_t, time_t, long>;

std::optional<Identity> identity_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return Identity{status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                  status.st_mtim.tv_nsec};
}

// Held while results change their names, so that no other run's come between. Where a folder cannot
// be locked, two runs at once are not kept apart.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : fd_(open_restarting(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (fd_ < 0) return;
    while (::flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_;
};

std::vector<fs::path> make_folders(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_directory(folder, error)) {
    throw UsageError(printable(folder.native()) + ": is no folder; name another --out");
  }
  std::vector<fs::path> missing;
  for (fs::path at = fs::absolute(folder).lexically_normal(); !fs::exists(at, error);
       at = at.parent_path()) {
    if (at.has_filename()) missing.insert(missing.begin(), at);
    if (at == at.parent_path()) break;
  }
  fs::create_directories(folder, error);
  if (error) throw FileError("create", folder, error.value());
  return missing;
}

// What lies in an index folder becomes part of the index.
void refuse_input_folders(const fs::path& folder, std::span<const fs::path> inputs) {
  for (const fs::path& input : inputs) {
    const auto identity = splitscope::identity_of(input);
    if (!identity || !S_ISDIR(identity->mode) || !lies_in(folder, *identity)) continue;
    throw UsageError(printable(folder.native()) + ": lies in the input " +
                     printable(input.native()) + "; name another --out");
  }
}

// As much as the results will need at least: a full disk shows now.
void check_room(const fs::path& target, std::span<const fs::path> inputs,
                std::size_t planned_samples) {
  constexpr std::size_t kLeastBytes = 64 * 1024;
  constexpr std::size_t kSampleBytes = 4 * 1024;
  constexpr std::size_t kMostBytes = 16 * 1024 * 1024;
  const OutputPlace place = OutputPlace::for_file(target, inputs);
  const int fd = open_restarting(place.path().c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
  if (fd < 0) throw FileError("create", target, errno);
  const std::vector<char> zeros(kLeastBytes);
  std::size_t left =
      std::clamp(std::min(planned_samples, kMostBytes) * kSampleBytes, kLeastBytes, kMostBytes);
  while (left > 0) {
    const ssize_t done = ::write(fd, zeros.data(), std::min(left, zeros.size()));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) {
      const int error = done < 0 ? errno : ENOSPC;
      ::close(fd);
      throw FileError("write", target, error);
    }
    left -= static_cast<std::size_t>(done);
  }
  if (::close(fd) != 0) throw FileError("write", target, errno);
}

// "20261128T101112Z", of the file's last change.
std::string date_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) throw FileError("open", file, errno);
  std::tm utc{};
  gmtime_r(&status.st_mtim.tv_sec, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &utc);
  return text.data();
}

// Under one more name, which nobody had.
fs::path keep(const fs::path& file) {
  const std::string stem = file.stem().string() + ".before-" + date_of(file);
  for (int number = 1;; ++number) {
    const fs::path name =
        file.parent_path() /
        (stem + (number == 1 ? "" : "-" + std::to_string(number)) + file.extension().string());
    if (::linkat(AT_FDCWD, file.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      return name;
    }
    if (errno == EEXIST) continue;
    // File systems without hard links, and links that lead to another one.
    std::error_code error;
    if (fs::copy_file(file, name, fs::copy_options::none, error)) return name;
    if (error != std::errc::file_exists) throw FileError("create", name, error.value());
  }
}

bool is_unfinished(const fs::path& file) {
  try {
    return !result::read_results(file).complete();
  } catch (const UsageError&) {
    return false;
  }
}

}  // namespace

struct RunOutput::State {
  std::optional<result::ResultsText> text;
  nlohmann::ordered_json resume;
  std::optional<Identity> own;
  bool wrote = false;
};

RunOutput::RunOutput(fs::path folder, std::span<const fs::path> inputs, std::size_t planned_samples)
    : folder_(std::move(folder)), state_(std::make_unique<State>()) {
  made_folders_ = make_folders(folder_);
  try {
    refuse_input_folders(folder_, inputs);
    check_room(results_file(), inputs, planned_samples);
  } catch (...) {
    for (auto at = made_folders_.rbegin(); at != made_folders_.rend(); ++at) ::rmdir(at->c_str());
    throw;
  }
}

RunOutput::~RunOutput() {
  for (auto at = made_folders_.rbegin(); at != made_folders_.rend(); ++at) ::rmdir(at->c_str());
}

void RunOutput::describe(result::ContextOptions context,
                         const std::vector<run::CaseResult>& results) {
  std::set<std::string> allocators;
  for (const run::CaseResult& result : results) allocators.insert(result.spec.id.allocator);
  for (const std::string& name : allocators) {
    context.allocators.emplace_back(name, run::allocator_version(name));
  }
  context.fixed_addresses = run::fixed_addresses_supported();
  state_->text.emplace(result::collect_context(context));
}

void RunOutput::add_context(const nlohmann::ordered_json& more) {
  nlohmann::ordered_json context = state_->text->context();
  for (const auto& [key, value] : more.items()) context[key] = value;
  state_->text.emplace(std::move(context));
}

void RunOutput::set_resume(const nlohmann::ordered_json& options) { state_->resume = options; }

void RunOutput::continues_what_is_there() { state_->own = identity_of(results_file()); }

const nlohmann::ordered_json& RunOutput::context() const { return state_->text->context(); }

void RunOutput::keep_what_stands_there() {
  const auto there = identity_of(results_file());
  if (!there || there == state_->own) return;
  // Later on, what is unfinished is that of a run that goes on beside this one.
  if (state_->wrote && is_unfinished(results_file())) return;
  kept_.push_back(keep(results_file()));
}

void RunOutput::write(const std::vector<run::CaseResult>& results) {
  const std::string text = state_->text->of(results, state_->resume);
  const bool last = result::progress_of(results).complete();
  const FolderLock lock(folder_);
  keep_what_stands_there();
  // Between two samples nothing is synced: that would be heavy on the disk that is measured.
  const Sync sync = last ? Sync::kYes : Sync::kNo;
  write_whole_file(results_file(), text, sync);
  state_->own = identity_of(results_file());
  state_->wrote = true;
}

void RunOutput::drop_what_is_covered(const std::vector<run::CaseResult>& results) {
  const auto covers = [&](const std::pair<const std::string, std::size_t>& old) {
    return std::any_of(results.begin(), results.end(), [&](const run::CaseResult& result) {
      return result.spec.id.text() == old.first && result.samples.size() >= old.second;
    });
  };
  std::erase_if(kept_, [&](const fs::path& file) {
    const auto counts = result::stored_counts(file);
    return counts && std::all_of(counts->begin(), counts->end(), covers) &&
           ::unlink(file.c_str()) == 0;
  });
}

void RunOutput::finish(const std::vector<run::CaseResult>& results) {
  if (!state_->wrote) write(results);
  drop_what_is_covered(results);
  std::string line = result::verdict(results) + "; wrote " + printable(results_file().native());
  for (const fs::path& file : kept_) {
    line += "; the earlier result, which has more, is kept as " + printable(file.native());
  }
  std::fprintf(stderr, "%s\n", line.c_str());
}

std::string RunOutput::interrupted(const std::vector<run::CaseResult>& results) {
  const result::Progressed progress = result::progress_of(results);
  // An earlier result is worth more than none.
  if (state_->text && !state_->wrote && !state_->own && !identity_of(results_file()))
    write(results);
  if (!state_->wrote && !state_->own) return "no sample was finished";
  std::string line = fmt::format("{} of {} samples are in {}", progress.samples,
                                 progress.planned_samples, printable(results_file().native()));
  if (!progress.complete() && !state_->resume.is_null()) {
    line += "; go on with splitscope run --resume --out " + printable(folder_.native());
  }
  for (const fs::path& file : kept_) {
    line += "; the earlier result is kept as " + printable(file.native());
  }
  return line;
}

}  // namespace splitscope::cli
