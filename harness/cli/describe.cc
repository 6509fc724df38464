// describe-commands: every verb and option as JSON. The manual pages and the completions of shells
// are made from it (packaging/help), so that they cannot fall behind.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "harness/cli/program.h"

namespace splitscope::cli {

namespace {

using nlohmann::ordered_json;

ordered_json option_json(const CLI::Option& option) {
  ordered_json names = ordered_json::array();
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  const bool takes_value = option.get_items_expected_max() > 0;
  return {{"names", names},
          {"positional", option.get_positional() ? option.get_name(true) : ""},
          {"value", takes_value ? option.get_type_name() : ""},
          {"about", option.get_description()},
          {"default", option.get_default_str()},
          {"required", option.get_required()},
          {"repeatable", takes_value && option.get_items_expected_max() > 1}};
}

ordered_json verb_json(const CLI::App& verb) {
  ordered_json options = ordered_json::array();
  for (const CLI::Option* option : verb.get_options()) {
    if (!option->get_group().empty()) options.push_back(option_json(*option));
  }
  return {{"name", verb.get_name()},
          {"about", verb.get_description()},
          {"footer", verb.get_footer()},
          // Another program's verb: its options are that program's.
          {"foreign", verb.get_help_ptr() == nullptr},
          {"options", options}};
}

}  // namespace

void add_describe(CLI::App& app, Program& /*program*/) {
  CLI::App* verb = app.add_subcommand("describe-commands", "All verbs and options as JSON");
  // Not in --help: it is for whoever packages the program.
  verb->group("");
  verb->callback([&app] {
    ordered_json commands = verb_json(app);
    commands["verbs"] = ordered_json::array();
    for (const CLI::App* each : app.get_subcommands(nullptr)) {
      if (!each->get_group().empty()) commands["verbs"].push_back(verb_json(*each));
    }
    std::puts(commands.dump(2).c_str());
  });
}

}  // namespace splitscope::cli
