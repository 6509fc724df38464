#include "harness/run/s3_process.h"

#include <fmt/format.h>

#include <random>
#include <stdexcept>

#include "base/environment.h"

namespace splitscope::run {
namespace {

constexpr const char* kReadyPrefix = "listening on ";
// For machines under heavy load; it usually takes milliseconds.
constexpr std::chrono::seconds kStartLimit{20};

std::string random_hex(int words) {
  std::random_device device;
  std::string text;
  for (int i = 0; i < words; ++i) text += fmt::format("{:08x}", device());
  return text;
}

}  // namespace

S3Process::S3Process(const std::string& program) {
  // Keys always have the same length, which is all that a child's heap could show of them.
  environment_ = {std::string(environment::kS3AccessKey) + "=" + random_hex(2),
                  std::string(environment::kS3SecretKey) + "=" + random_hex(5)};
  Command command;
  command.executable = program;
  command.arguments = {"splitscope", "s3-server",     "--port",
                       "0",          "--digest-only", "--end-with-parent"};
  command.environment = environment_;
  command.environment.emplace_back("PATH=/usr/local/bin:/usr/bin:/bin");
  process_ = std::make_unique<Process>(command);
  const std::string line = process_->read_line(std::chrono::steady_clock::now() + kStartLimit);
  if (!line.starts_with(kReadyPrefix)) {
    throw std::runtime_error("the loopback S3 server did not start" +
                             (line.empty() ? std::string() : ": " + line));
  }
  endpoint_ = line.substr(std::string_view(kReadyPrefix).size());
}

}  // namespace splitscope::run
