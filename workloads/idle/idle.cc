#include "workloads/idle/idle.h"

#include "base/errors.h"

namespace splitscope::workloads {
namespace {

class Idle : public Workload {
 public:
  explicit Idle(const WorkloadSpec& spec) : spec_(spec) {}

  [[nodiscard]] std::string name() const override { return "idle"; }

  void prepare() override {
    if (!spec_.options.empty()) {
      throw UsageError("workload idle has no option '" + spec_.options.begin()->first + "'");
    }
    if (!spec_.inputs.empty()) throw UsageError("workload idle takes no input");
  }

  void run(Strategy& /*strategy*/, RunContext& /*context*/) override {}

  [[nodiscard]] Verification verify() override { return {}; }

 private:
  WorkloadSpec spec_;
};

}  // namespace

std::unique_ptr<Workload> make_idle(const WorkloadSpec& spec) {
  return std::make_unique<Idle>(spec);
}

WorkloadInfo idle_info() {
  return {.name = "idle", .summary = "nothing: the noise floor", .make = make_idle};
}

}  // namespace splitscope::workloads
