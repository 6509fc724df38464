// What a line of the catalog says of its strategy, here and in the documents.
#include "strategies/catalog.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "strategies/contract/contract_subjects.h"
#include "tests/catch.h"

namespace splitscope::strategies {
namespace {

// The rows of the table of strategies: those that begin with a name in the first column.
std::vector<std::string> documented_rows() {
  std::ifstream readme(SPLITSCOPE_STRATEGIES_README);
  REQUIRE(readme.good());
  std::vector<std::string> rows;
  bool within = false;
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("## ")) within = line == "## Strategies and options";
    if (within && line.starts_with("| `")) rows.push_back(line);
  }
  return rows;
}

TEST_CASE("the table of strategies has each of the catalog with its options and defaults") {
  const auto strategies = all_strategies();
  const auto rows = documented_rows();
  CHECK(rows.size() == strategies.size());
  for (const StrategyInfo& info : strategies) {
    INFO(info.name);
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const std::string& line) {
      return line.starts_with("| `" + info.name + "` |");
    });
    REQUIRE(row != rows.end());
    for (const OptionInfo& option : info.options) {
      CHECK_THAT(*row, test::contains("`" + option.name + "` (`" + option.default_value + "`"));
    }
  }
}

TEST_CASE("an entry of the catalog is whole") {
  for (const StrategyInfo& info : test::file_strategies()) {
    INFO(info.name);
    CHECK_FALSE(info.summary.empty());
    CHECK(info.make != nullptr);
    const auto has_option = [&](const std::string& name) {
      return std::any_of(info.options.begin(), info.options.end(),
                         [&](const OptionInfo& option) { return option.name == name; });
    };
    CHECK((info.traits.window_option.empty() || has_option(info.traits.window_option)));
    // Every option leads through code that the contract tests must see.
    for (const OptionInfo& option : info.options) CHECK_FALSE(option.tried.empty());
  }
}

}  // namespace
}  // namespace splitscope::strategies
