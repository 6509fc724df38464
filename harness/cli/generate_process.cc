#include "harness/cli/generate_process.h"

#include <unistd.h>

#include <stdexcept>
#include <string>

#include "harness/run/outcome.h"
#include "harness/run/process.h"

namespace splitscope::cli {

void generate_in_process(const run::InputSpec& spec, const std::filesystem::path& folder) {
  // A data set of many gigabytes is no error.
  constexpr std::chrono::hours kLimit{1};
  run::Command command;
  command.executable = "/proc/self/exe";
  command.arguments = {"splitscope", "generate",
                       "--profile",  spec.profile,
                       "--size",     std::to_string(spec.size_bytes),
                       "--count",    std::to_string(spec.count),
                       "--seed",     std::to_string(spec.seed),
                       "-o",         folder.string()};
  for (char** variable = environ; *variable != nullptr; ++variable) {
    command.environment.emplace_back(*variable);
  }
  command.fixed_addresses = false;
  run::Process process(command);
  const run::Exit exit = process.wait(std::chrono::steady_clock::now() + kLimit);
  if (exit.status == 0) return;
  const std::string line = run::last_line(exit.output_tail);
  throw std::runtime_error("cannot generate " + spec.label() + ": " +
                           (line.empty() ? "the generator died" : line));
}

}  // namespace splitscope::cli
