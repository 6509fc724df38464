#include "harness/tree/phase_channel.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "harness/tree/child_signals.h"
#include "tests/catch.h"

namespace splitscope::tree {
namespace {

struct Taken {
  std::vector<std::string> names;
  std::vector<pid_t> writers;
};

class Case {
 public:
  void write(const std::string& text) {
    REQUIRE(::send(channel.command_end(), text.data(), text.size(), MSG_DONTWAIT) ==
            static_cast<ssize_t>(text.size()));
  }
  Taken take() {
    Taken taken;
    const auto line = [&](const PhaseLine& said) {
      taken.names.emplace_back(said.name);
      taken.writers.push_back(said.writer);
    };
    while (channel.take(line)) {
    }
    return taken;
  }
  std::string answers() {
    std::string text(4096, '\0');
    const ssize_t size = ::recv(channel.command_end(), text.data(), text.size(), MSG_DONTWAIT);
    return size > 0 ? text.substr(0, static_cast<std::size_t>(size)) : "";
  }

  ChildSignals signals;
  PhaseChannel channel;
};

using Names = std::vector<std::string>;

TEST_CASE("each line is taken and answered, whatever it says") {
  Case with;
  with.write("phase a b\nphase \nend\n\nphase " + std::string(kMaxPhaseNameBytes, 'n') +
             "\nphase " + std::string(kMaxPhaseNameBytes + 1, 'n') + "\nends\n");
  const Taken taken = with.take();
  CHECK(taken.names == Names{"a b", "", std::string(kMaxPhaseNameBytes, 'n')});
  CHECK(taken.writers == std::vector<pid_t>(3, ::getpid()));
  CHECK(with.answers() == std::string(7, '\n'));
  CHECK(with.channel.malformed() == 4);
}

TEST_CASE("a line may come in parts, and one that is far too long says nothing") {
  Case with;
  with.write("pha");
  CHECK(with.take().names.empty());
  CHECK(with.answers().empty());
  with.write("se x");
  with.write("y\nen");
  CHECK(with.take().names == Names{"xy"});
  with.channel.writer_ended(::getpid());
  with.write("end\n");
  CHECK(with.take().names == Names{""});
  for (int i = 0; i < 20; ++i) {
    with.write(std::string(10'000, 'x'));
    CHECK(with.take().names.empty());
  }
  with.write("\nphase z\n");
  CHECK(with.take().names == Names{"z"});
  CHECK(with.channel.malformed() == 1);
}

TEST_CASE("somebody who never reads does not hold us up, and what is written wakes us") {
  Case with;
  for (int i = 0; i < 3000; ++i) {
    with.write("phase a\n");
    CHECK(with.take().names.size() == 1);
  }
  CHECK(with.signals.await(std::chrono::seconds(10)) == SIGIO);
}

TEST_CASE("the end of all writers is no line") {
  Case with;
  with.write("phase a\n");
  with.channel.handed_on();
  CHECK(with.take().names == Names{"a"});
  CHECK(with.take().names.empty());
}

}  // namespace
}  // namespace splitscope::tree
