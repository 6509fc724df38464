// write_seeds OUTPUT FOLDER...: writes OUTPUT/<target>/<number>, what scripts/fuzz starts from: cut
// out of what lies in the folders, and written by ourselves.
#include <cstdio>
#include <exception>

#include "formats/segment/testing/test_files.h"
#include "tests/fuzz/seeds.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s OUTPUT FOLDER...\n", argv[0]);
    return 1;
  }
  try {
    splitscope::fuzz::Seeds seeds;
    splitscope::fuzz::add_written_seeds(seeds);
    for (int i = 2; i < argc; ++i) splitscope::fuzz::add_fixture_seeds(argv[i], seeds);
    for (const auto& [target, inputs] : seeds) {
      const auto folder = std::filesystem::path(argv[1]) / target;
      std::filesystem::create_directories(folder);
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        splitscope::test::write_file(folder / std::to_string(i), inputs[i]);
      }
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
