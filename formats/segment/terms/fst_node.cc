#include "formats/segment/terms/fst_node.h"

#include <cstring>
#include <string>

namespace splitscope::formats {
namespace {

// The upper two bits of a node's last byte; anything below kOne has any number of transitions.
constexpr unsigned kStateMask = 0xC0;
constexpr unsigned kOneToNeighbour = 0xC0;
constexpr unsigned kOne = 0x80;
constexpr unsigned kFinal = 0x40;
constexpr unsigned kLowBits = 0x3F;

// Inputs that have a number of their own, from 1 on, in the low bits of a node with one transition.
constexpr char kFrequentInputs[] =
    "te/oasripcnw.hlm-du012g=:bf3y5&_4v9678k%?xCDASFIBEjPTzRNM+LOqHG";
static_assert(sizeof kFrequentInputs - 1 == kLowBits);

// 256 does not fit the byte that holds the number of transitions and is written as 1.
constexpr std::size_t kAllInputs = 256;
// From version 2 on, nodes with more than 32 transitions have a table of their inputs.
constexpr std::uint64_t kTableVersion = 2;
constexpr std::size_t kTableThreshold = 32;
constexpr std::size_t kMaxNumberBytes = 8;

[[noreturn]] void fail(const FstBytes& fst, std::uint64_t address, const std::string& problem) {
  throw FormatError(std::string(fst.place.file), fst.place.offset + address,
                    "a node of the dictionary's transducer " + problem);
}

// Takes a node apart from its end to its beginning.
class BackwardReader {
 public:
  BackwardReader(const FstBytes& fst, std::uint64_t end)
      : fst_(fst), address_(end - 1), end_(end) {}

  std::span<const std::byte> take(std::size_t length) {
    if (length > end_ - kFstHeaderBytes) fail(fst_, address_, "runs past the first node");
    end_ -= length;
    return fst_.bytes.subspan(static_cast<std::size_t>(end_), length);
  }
  unsigned byte() { return std::to_integer<unsigned>(take(1).front()); }
  [[nodiscard]] std::uint64_t position() const { return end_; }

 private:
  const FstBytes& fst_;
  std::uint64_t address_;
  std::uint64_t end_;
};

struct NumberBytes {
  std::size_t target;
  std::size_t output;
};

NumberBytes number_bytes(const FstBytes& fst, std::uint64_t address, unsigned sizes) {
  const NumberBytes bytes{sizes >> 4, sizes & 0xF};
  if (bytes.target > kMaxNumberBytes || bytes.output > kMaxNumberBytes) {
    fail(fst, address, "has numbers of more than 8 bytes");
  }
  return bytes;
}

std::uint64_t number(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
  return value;
}

// Number `index` from the end of `count` numbers of the same width.
std::uint64_t number_from_end(std::span<const std::byte> numbers, std::size_t count,
                              std::size_t index) {
  const std::size_t width = numbers.size() / count;
  return number(numbers.subspan((count - index - 1) * width, width));
}

}  // namespace

FstNode::FstNode(const FstBytes& fst, std::uint64_t address) : fst_(fst), address_(address) {
  if (address == kFstEmptyNode) return;
  if (address < kFstHeaderBytes || address >= fst.bytes.size()) {
    fail(fst, address, "lies outside its " + std::to_string(fst.bytes.size()) + " bytes");
  }
  const auto state = std::to_integer<unsigned>(fst.bytes[static_cast<std::size_t>(address)]);
  is_final_ = false;
  if ((state & kStateMask) >= kOne) {
    read_single(fst, address, state);
  } else {
    read_many(fst, address, state);
  }
}

void FstNode::read_single(const FstBytes& fst, std::uint64_t address, unsigned state) {
  BackwardReader reader(fst, address);
  size_ = 1;
  const unsigned frequent = state & kLowBits;
  inputs_ = frequent == 0 ? reader.take(1)
                          : std::as_bytes(std::span(kFrequentInputs).subspan(frequent - 1, 1));
  to_neighbour_ = (state & kStateMask) == kOneToNeighbour;
  if (!to_neighbour_) {
    const NumberBytes widths = number_bytes(fst, address, reader.byte());
    targets_ = reader.take(widths.target);
    outputs_ = reader.take(widths.output);
  }
  start_ = reader.position();
}

void FstNode::read_many(const FstBytes& fst, std::uint64_t address, unsigned state) {
  BackwardReader reader(fst, address);
  is_final_ = (state & kFinal) != 0;
  size_ = state & kLowBits;
  if (size_ == 0) {
    const unsigned count = reader.byte();
    size_ = count == 1 ? kAllInputs : count;
  }
  const NumberBytes widths = number_bytes(fst, address, reader.byte());
  if (fst.version >= kTableVersion && size_ > kTableThreshold) (void)reader.take(kAllInputs);
  inputs_ = reader.take(size_);
  targets_ = reader.take(size_ * widths.target);
  outputs_ = reader.take(size_ * widths.output);
  if (is_final_) final_output_ = number(reader.take(widths.output));
  start_ = reader.position();
  // Writers have no such node. Without them every path ends with a key, so that whoever goes
  // through all of them sees as many keys as paths.
  if (size_ == 0 && !is_final_) fail(fst, address, "leads nowhere");
}

FstNode::Transition FstNode::transition(std::size_t index) const {
  Transition transition;
  transition.input = inputs_[inputs_.size() - index - 1];
  std::uint64_t distance = 1;
  if (!to_neighbour_) {
    if (targets_.empty()) fail(fst_, address_, "does not say where it leads");
    transition.output = number_from_end(outputs_, size_, index);
    distance = number_from_end(targets_, size_, index);
    if (distance == 0) return transition;
  }
  if (distance > start_ - kFstHeaderBytes) {
    fail(fst_, address_, "leads " + std::to_string(distance) + " bytes back, past the first node");
  }
  transition.target = start_ - distance;
  return transition;
}

}  // namespace splitscope::formats
