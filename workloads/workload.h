// A workflow over splits that can be run under any strategy.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "strategies/interface/run_context.h"
#include "strategies/interface/strategy.h"

namespace splitscope::workloads {

/// What a workload works on. Paths may be relative to the working directory: the harness makes them
/// so, because the length of a path must not show in the heap figures.
struct WorkloadSpec {
  std::vector<std::filesystem::path> inputs;
  /// File or folder to write; workloads without an output ignore it.
  std::filesystem::path output;
  /// Options of the workload: {"mode", "multipart"}. Those that WorkloadInfo (workload_info.h)
  /// lists; others, and values that mean nothing, are a UsageError from prepare().
  std::map<std::string, std::string> options;
  /// For prepare() and verify() only: never the strategy under measurement. Outlives the workload.
  Strategy* reference = nullptr;
  /// Where the library lies that holds the workload; empty when it has none. A short relative name
  /// in a measured process, for the reason above.
  std::filesystem::path library = {};
};

/// What verify() found out about an output that is right.
struct Verification {
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
  /// "sha256:<hex>" of the output's bytes; equal under every strategy. Empty without an output.
  std::string digest;
};

/// One run: prepare, run, verify, each once, in this order, on one thread.
class Workload {
 public:
  virtual ~Workload() = default;

  [[nodiscard]] virtual std::string name() const = 0;

  /// Outside the window: checks inputs and options. An old output stays until run() has made the
  /// new one. Errors: UsageError, FormatError, std::system_error.
  virtual void prepare() = 0;

  /// The measured window. Reaches its inputs and output through `strategy` only.
  virtual void run(Strategy& strategy, RunContext& context) = 0;

  /// Outside the window: proves the output against the inputs, by other code than run() used.
  /// Errors: WrongOutput that says what differs.
  [[nodiscard]] virtual Verification verify() = 0;
};

}  // namespace splitscope::workloads
