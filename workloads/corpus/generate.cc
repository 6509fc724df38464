#include "workloads/corpus/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/errors.h"
#include "base/file_error.h"
#include "base/remove_tree.h"
#include "base/size_text.h"
#include "formats/split/split_writer.h"
#include "workloads/corpus/random.h"
#include "workloads/corpus/segment_builder.h"
#include "workloads/workload.h"

namespace splitscope::workloads {
namespace {

namespace fs = std::filesystem;

// The promise is 3 %; what is left is for nobody to trip over rounding.
constexpr double kTolerance = 0.025;
// A document less or more makes the difference in splits of a few kilobytes.
constexpr int kMaxTries = 8;
// Pilots of this part of the wanted size tell how many bytes a document takes.
constexpr std::uint64_t kPilotPart = 12;
// Least size of a pilot, so that its fixed parts do not decide.
constexpr std::uint64_t kMinPilotBytes = 200'000;
// Pilots draw other documents than any split.
constexpr std::uint64_t kPilotSeed = 0x70696C6F74;

class NoContext final : public RunContext {
 public:
  void phase(std::string_view) override {}
  void count(std::string_view, std::uint64_t) override {}
};

std::uint64_t seed_of(std::uint64_t seed, std::uint32_t number) {
  Random random(seed);
  std::uint64_t drawn = random.next();
  for (std::uint32_t i = 0; i < number; ++i) drawn = random.next();
  return drawn;
}

/// Documents and bytes of a split that was built.
struct Built {
  std::uint32_t documents = 0;
  std::uint64_t bytes = 0;
};

/// One split in a folder of its own, which goes away; remove() says when it cannot.
class SplitInTheMaking {
 public:
  SplitInTheMaking(const Corpus& corpus, Strategy& strategy, fs::path folder)
      : corpus_(corpus), strategy_(strategy), folder_(std::move(folder)) {}
  ~SplitInTheMaking() { (void)remove_tree(folder_.c_str()); }
  SplitInTheMaking(const SplitInTheMaking&) = delete;
  SplitInTheMaking& operator=(const SplitInTheMaking&) = delete;

  void remove() const {
    if (const int error = remove_tree(folder_.c_str()); error != 0) {
      throw FileError("remove", folder_, error);
    }
  }

  Built build(std::uint64_t seed, std::uint32_t documents) {
    remove();
    fs::create_directories(index());
    build_segment(corpus_, seed, documents, strategy_, index());
    NoContext context;
    return {documents, formats::write_split(strategy_, index(), split(), context).file_size};
  }
  void publish(const fs::path& to_index, const fs::path& to_split) {
    fs::remove_all(to_index);
    fs::rename(index(), to_index);
    fs::rename(split(), to_split);
  }

 private:
  [[nodiscard]] fs::path index() const { return folder_ / "index"; }
  [[nodiscard]] fs::path split() const { return folder_ / "made.split"; }

  const Corpus& corpus_;
  Strategy& strategy_;
  fs::path folder_;
};

bool close_enough(std::uint64_t bytes, std::uint64_t wanted) {
  const double ratio = static_cast<double>(bytes) / static_cast<double>(wanted);
  return ratio > 1 - kTolerance && ratio < 1 + kTolerance;
}

/// Documents that should give `wanted` bytes, on the line through two splits that were built.
std::uint32_t interpolate(const Built& a, const Built& b, std::uint64_t wanted) {
  const double slope = (static_cast<double>(b.bytes) - static_cast<double>(a.bytes)) /
                       (static_cast<double>(b.documents) - static_cast<double>(a.documents));
  const double documents = static_cast<double>(b.documents) +
                           (static_cast<double>(wanted) - static_cast<double>(b.bytes)) / slope;
  return static_cast<std::uint32_t>(std::clamp(documents, 1.0, 2e9));
}

class Generator {
 public:
  Generator(const GenerateSpec& spec, Strategy& strategy, fs::path directory)
      : spec_(spec), corpus_(spec.profile), strategy_(strategy), directory_(std::move(directory)) {}

  /// Builds small splits to learn how size grows with documents.
  void calibrate() {
    SplitInTheMaking pilot(corpus_, strategy_, directory_ / ".pilot.partial");
    smallest_ = pilot.build(kPilotSeed, 1);
    if (smallest_.bytes > spec_.size_bytes && !close_enough(smallest_.bytes, spec_.size_bytes)) {
      throw UsageError(
          fmt::format("size {}: a split of profile '{}' with one document has {} bytes",
                      format_size(spec_.size_bytes), spec_.profile.name, smallest_.bytes));
    }
    const std::uint64_t large = std::max(spec_.size_bytes / kPilotPart, kMinPilotBytes);
    Built rough = pilot.build(kPilotSeed, kRoughDocuments);
    rough = pilot.build(kPilotSeed, interpolate(smallest_, rough, large / 2));
    const Built better = pilot.build(kPilotSeed, interpolate(smallest_, rough, large));
    first_guess_ = interpolate(rough, better, spec_.size_bytes);
    better_ = better;
    pilot.remove();
  }

  GeneratedSplit make(std::uint32_t number) {
    const std::uint64_t seed = seed_of(spec_.seed, number);
    SplitInTheMaking split(corpus_, strategy_,
                           directory_ / (".split-" + std::to_string(number) + ".partial"));
    Built before = better_;
    Built built = split.build(seed, first_guess_);
    for (int tries = 1; !close_enough(built.bytes, spec_.size_bytes); ++tries) {
      const std::uint32_t next = built.documents == before.documents
                                     ? built.documents + 1
                                     : interpolate(before, built, spec_.size_bytes);
      if (tries == kMaxTries || next == built.documents) {
        throw UsageError(fmt::format(
            "size {}: splits of profile '{}' come out as {} or {} bytes; choose a larger size",
            format_size(spec_.size_bytes), spec_.profile.name, before.bytes, built.bytes));
      }
      before = std::exchange(built, split.build(seed, next));
    }
    GeneratedSplit made{directory_ / ("index-" + std::to_string(number)),
                        directory_ / ("split-" + std::to_string(number) + ".split"),
                        built.documents, built.bytes};
    split.publish(made.index, made.split);
    split.remove();
    return made;
  }

 private:
  static constexpr std::uint32_t kRoughDocuments = 200;

  const GenerateSpec& spec_;
  Corpus corpus_;
  Strategy& strategy_;
  fs::path directory_;
  Built smallest_;
  Built better_;
  std::uint32_t first_guess_ = 0;
};

}  // namespace

std::vector<GeneratedSplit> generate(const GenerateSpec& spec, Strategy& strategy,
                                     const fs::path& directory,
                                     const std::function<void(const GeneratedSplit&)>& done) {
  if (spec.count == 0) throw UsageError("count is 0: nothing to generate");
  if (spec.size_bytes == 0) throw UsageError("size is 0: nothing to generate");
  fs::create_directories(directory);
  Generator generator(spec, strategy, directory);
  generator.calibrate();

  std::vector<GeneratedSplit> made(spec.count);
  std::atomic<std::uint32_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    for (std::uint32_t number = next++; number < spec.count; number = next++) {
      try {
        made[number] = generator.make(number);
        const std::lock_guard lock(mutex);
        if (done) done(made[number]);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        next = spec.count;
      }
    }
  };
  const std::uint32_t threads =
      std::min(spec.count, std::max(1U, std::thread::hardware_concurrency()));
  {
    std::vector<std::jthread> workers;
    workers.reserve(threads);
    try {
      for (std::uint32_t i = 1; i < threads; ++i) workers.emplace_back(work);
    } catch (const std::system_error&) {
      // No more threads to be had: those that run do all of it.
    }
    work();
  }
  if (failure) std::rethrow_exception(failure);
  return made;
}

}  // namespace splitscope::workloads
