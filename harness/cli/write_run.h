// Leaves what was measured in a folder: results.json, whole after every sample.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "harness/result/context.h"
#include "harness/run/sample.h"

namespace splitscope::cli {

/// The place is checked by the constructor, before anything is measured. From the first sample on
/// results.json holds all finished ones, with "complete": false until the last is there; each write
/// is one rename. A result that stood there is kept as "results.before-<date>.json" meanwhile; it
/// goes when the new one is complete and has at least as many samples of each of its cases, else it
/// stays. Two runs may write to one folder at once: the last one to end stays. Single-threaded.
class RunOutput {
 public:
  /// Makes the folder. `inputs` must not be overwritten. Errors: UsageError, FileError.
  RunOutput(std::filesystem::path folder, std::span<const std::filesystem::path> inputs,
            std::size_t planned_samples);
  /// Removes the folders that the constructor made if nothing lies in them.
  ~RunOutput();
  RunOutput(const RunOutput&) = delete;
  RunOutput& operator=(const RunOutput&) = delete;

  [[nodiscard]] std::filesystem::path results_file() const { return folder_ / "results.json"; }

  /// Collects the context: what the caller says, what `results` (planned, perhaps without samples)
  /// and the machine say. Errors: UsageError.
  void describe(result::ContextOptions context, const std::vector<run::CaseResult>& results);
  /// More keys of the context; after describe().
  void add_context(const nlohmann::ordered_json& more);
  /// What is needed to go on; part of the file while samples are missing.
  void set_resume(const nlohmann::ordered_json& options);
  /// What lies there now is the beginning of this very run.
  void continues_what_is_there();
  [[nodiscard]] const nlohmann::ordered_json& context() const;

  /// Writes all that is finished. Errors: FileError; what was there before stays.
  void write(const std::vector<run::CaseResult>& results);
  /// After the last sample: says on stderr what came out and where it lies.
  void finish(const std::vector<run::CaseResult>& results);
  /// After an interruption: "3 of 12 samples are in out/results.json; go on with ...".
  [[nodiscard]] std::string interrupted(const std::vector<run::CaseResult>& results);

 private:
  void keep_what_stands_there();
  void drop_what_is_covered(const std::vector<run::CaseResult>& results);

  struct State;
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> made_folders_;
  /// Earlier results, kept until the new ones are complete.
  std::vector<std::filesystem::path> kept_;
  std::unique_ptr<State> state_;
};

}  // namespace splitscope::cli
