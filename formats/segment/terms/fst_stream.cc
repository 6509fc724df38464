#include "formats/segment/terms/fst_stream.h"

#include <string>

#include "formats/codec/checked.h"

namespace splitscope::formats {
namespace {

// Number of keys and address of the root, behind the nodes.
constexpr std::uint64_t kFooterBytes = 16;
constexpr std::uint64_t kNewestVersion = 2;

}  // namespace

FstStream::FstStream(std::span<const std::byte> transducer, ReaderPlace place)
    : fst_{transducer, 0, place} {
  if (transducer.size() < kFstHeaderBytes + kFooterBytes) {
    fail(0, "has fewer than the 32 bytes of its head and end");
  }
  fst_.version = ByteReader(transducer, place).fixed<std::uint64_t>();
  if (fst_.version == 0 || fst_.version > kNewestVersion) {
    fail(0, "has a version other than 1 and 2");
  }
  const std::uint64_t end = transducer.size() - kFooterBytes;
  ByteReader footer(transducer.subspan(static_cast<std::size_t>(end)),
                    {place.file, place.offset + end});
  size_ = footer.fixed<std::uint64_t>();
  const auto root = footer.fixed<std::uint64_t>();
  fst_.bytes = transducer.first(static_cast<std::size_t>(end));
  // The root is written last.
  if (root == kFstEmptyNode ? end != kFstHeaderBytes : root != end - 1) {
    fail(end, "does not end with its root");
  }
  enter(root, 0);
}

void FstStream::enter(std::uint64_t address, std::uint64_t output) {
  path_.push_back({address, output, 0});
  entered_ = true;
}

bool FstStream::advance() {
  while (!path_.empty()) {
    const FstNode node(fst_, path_.back().address);
    if (entered_) {
      entered_ = false;
      if (node.is_final()) {
        const auto value = checked_add(path_.back().output, node.final_output());
        if (!value) fail(path_.back().address, "has a value above 64 bits");
        value_ = *value;
        return true;
      }
    }
    Step& step = path_.back();
    if (step.next_transition == node.size()) {
      path_.pop_back();
      continue;
    }
    const FstNode::Transition transition = node.transition(step.next_transition);
    if (step.next_transition > 0 &&
        transition.input <= node.transition(step.next_transition - 1).input) {
      fail(step.address, "has keys that do not increase");
    }
    ++step.next_transition;
    const auto output = checked_add(step.output, transition.output);
    if (!output) fail(step.address, "has a value above 64 bits");
    key_.replace_tail(path_.size() - 1, {&transition.input, 1});
    enter(transition.target, *output);
  }
  return false;
}

void FstStream::fail(std::uint64_t offset, const char* problem) const {
  throw FormatError(std::string(fst_.place.file), fst_.place.offset + offset,
                    std::string("the transducer of a dictionary's index ") + problem);
}

}  // namespace splitscope::formats
