#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/doing.h"
#include "base/errors.h"
#include "harness/cli/list_machine.h"
#include "harness/cli/program.h"
#include "harness/result/measure_catalog.h"
#include "harness/run/allocators.h"
#include "harness/run/inputs.h"
#include "harness/run/suite.h"

namespace splitscope::cli {

namespace {

// Wide enough for the longest measure.
constexpr int kNameWidth = 28;

void print(const std::string& name, const std::string& about) {
  std::printf("  %-*s %s\n", kNameWidth, name.c_str(), about.c_str());
}

void list_strategies(const Program& program) {
  for (const auto& entry : program.catalogs.strategies) print(entry.name, entry.summary);
}

void list_workloads(const Program& program) {
  for (const auto& entry : program.catalogs.workloads) print(entry.name, entry.summary);
}

void list_suites(const Program& program) {
  const auto folder = program.home / "suites";
  for (const std::string& name : run::suite_names(folder)) {
    print(name, run::load_suite(name, folder).about);
  }
}

void list_allocators(const Program& /*program*/) {
  for (const std::string& name : run::allocator_names()) {
    const bool there = name == "system" || run::allocator_library(name).has_value();
    print(name, there ? run::allocator_version(name) : "not installed");
  }
}

void list_measures(const Program& /*program*/) {
  for (const auto& info : result::measure_catalog()) {
    print(std::string(info.key), std::string(info.about));
  }
}

struct Topic {
  const char* name;
  void (*list)(const Program&);
};

constexpr Topic kTopics[] = {{"strategies", list_strategies},
                             {"workloads", list_workloads},
                             {"suites", list_suites},
                             {"allocators", list_allocators},
                             {"measures", list_measures}};

// Not among the topics: it measures, so it is asked for by name.
constexpr const char* kMachine = "machine";

struct ListOptions {
  std::string topic;
  std::string allocator = "system";
  std::filesystem::path cache_folder = run::default_cache_folder();
};

void list(const Program& program, const ListOptions& options) {
  const Doing doing("listing", options.topic);
  if (options.topic == kMachine) {
    list_machine(program, options.allocator, options.cache_folder);
    return;
  }
  bool found = false;
  for (const Topic& topic : kTopics) {
    if (!options.topic.empty() && options.topic != topic.name) continue;
    std::printf("%s\n", topic.name);
    topic.list(program);
    found = true;
  }
  if (!found) {
    throw UsageError("nothing to list under '" + options.topic +
                     "'; there are strategies, workloads, suites, allocators, measures, machine");
  }
}

}  // namespace

void add_list(CLI::App& app, Program& program) {
  auto options = std::make_shared<ListOptions>();
  CLI::App* verb = app.add_subcommand("list", "What there is to choose from");
  verb->add_option("topic", options->topic,
                   "strategies, workloads, suites, allocators, measures; or machine: what a child "
                   "costs here that does nothing");
  verb->add_option("--allocator", options->allocator, "Of the child of list machine")
      ->capture_default_str();
  verb->add_option("--cache-dir", options->cache_folder, "Where the child of list machine runs");
  verb->callback([options, &program] { list(program, *options); });
}

}  // namespace splitscope::cli
