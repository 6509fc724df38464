// Writes the index of version 3, which splitscope only reads, and has one that tantivy wrote.
// Section 3.1a of docs/split-format.md.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/codec/byte_buffer.h"
#include "formats/segment/terms/block_addresses.h"

namespace splitscope::test {

/// A string column's dictionary of 7 keys in 4 blocks as tantivy-sstable 0.7.0 writes it with
/// blocks of 4 bytes.
inline constexpr std::array<std::string_view, 7> kTantivyKeys = {
    "", "ant", "bee", "bees", "cat", std::string_view("d\0g", 3), "emu"};
inline constexpr std::array<std::uint8_t, 181> kTantivyDictionary = {
    // Blocks.
    6, 0, 0, 0, 0, 0, 0x30, 0x61, 0x6e, 0x74, 7, 0, 0, 0, 0, 0x30,                    //
    0x62, 0x65, 0x65, 0x13, 0x73, 9, 0, 0, 0, 0, 0x30, 0x63, 0x61, 0x74, 0x30, 0x64,  //
    0, 0x67, 5, 0, 0, 0, 0, 0x30, 0x65, 0x6d, 0x75, 0, 0, 0, 0,                       //
    // Transducer.
    2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,                             //
    0, 0x10, 0x84, 0, 0x10, 0x9b, 0, 0x10, 1, 0x80, 0, 0x10, 0x93, 0xd0, 3, 2,  //
    1, 0, 1, 5, 9, 0x0c, 0x65, 0x64, 0x62, 0x61, 0x11, 4, 4, 0, 0, 0,           //
    0, 0, 0, 0, 0x2b, 0, 0, 0, 0, 0, 0, 0,                                      //
    // Addresses.
    0x24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  //
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,     //
    0x0b, 0, 0, 0, 2, 0, 0, 0, 1, 2, 3, 0, 0xed, 3,     //
    // Length of the transducer, end of the blocks, terms, version.
    0x3c, 0, 0, 0, 0, 0, 0, 0, 0x2f, 0, 0, 0, 0, 0, 0, 0,  //
    7, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0};

/// A transducer from sorted keys to 0, 1, 2, ... Uses every form of node, but does not share any.
class TransducerWriter {
 public:
  /// `late_values`: values stand where keys end, and not at the transition that sets them apart.
  TransducerWriter(const std::vector<std::string>& keys, bool late_values)
      : keys_(keys), late_values_(late_values) {
    out_.fixed(std::uint64_t{2});
    out_.fixed(std::uint64_t{0});
    const std::uint64_t root = keys.empty() ? 0 : write(0, keys.size(), 0, 0);
    out_.fixed(std::uint64_t{keys.size()});
    out_.fixed(root);
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return out_.span(); }

 private:
  struct Child {
    std::uint8_t input;
    std::uint64_t output;
    std::uint64_t target;
  };

  static std::size_t width(std::uint64_t value) {
    return std::max<std::size_t>(1, (static_cast<std::size_t>(std::bit_width(value)) + 7) / 8);
  }
  void number(std::uint64_t value, std::size_t bytes) {
    for (; bytes > 0; --bytes, value >>= 8) out_.fixed(static_cast<std::uint8_t>(value));
  }
  void input_and_state(std::uint8_t input, unsigned state) {
    constexpr std::string_view kFrequent = "te/oasripcnw.hlm-du012g";
    const auto at = kFrequent.find(static_cast<char>(input));
    if (at == kFrequent.npos) out_.fixed(input);
    out_.fixed(static_cast<std::uint8_t>(state | (at == kFrequent.npos ? 0 : at + 1)));
  }

  // The node of keys [begin, end), which share `depth` bytes and have `base` of their values.
  std::uint64_t write(std::size_t begin, std::size_t end, std::size_t depth, std::uint64_t base) {
    const bool is_final = keys_[begin].size() == depth;
    const std::uint64_t final_output = is_final ? begin - base : 0;
    std::vector<Child> children;
    for (std::size_t at = begin + (is_final ? 1 : 0); at < end;) {
      std::size_t next = at;
      while (next < end && keys_[next][depth] == keys_[at][depth]) ++next;
      const std::uint64_t output = late_values_ ? 0 : at - base;
      const std::uint64_t target = write(at, next, depth + 1, base + output);
      children.push_back({static_cast<std::uint8_t>(keys_[at][depth]), output, target});
      at = next;
    }
    if (children.empty() && final_output == 0) return 0;
    const std::uint64_t start = out_.size();
    const auto distance = [start](const Child& child) {
      return child.target == 0 ? 0 : start - child.target;
    };
    if (children.size() == 1 && !is_final) {
      const Child& child = children.front();
      if (distance(child) == 1 && child.output == 0) {
        input_and_state(child.input, 0xC0);
      } else {
        const std::size_t outputs = child.output == 0 ? 0 : width(child.output);
        number(child.output, outputs);
        number(distance(child), width(distance(child)));
        out_.fixed(static_cast<std::uint8_t>(width(distance(child)) << 4 | outputs));
        input_and_state(child.input, 0x80);
      }
      return out_.size() - 1;
    }
    write_many(children, distance, is_final, final_output);
    return out_.size() - 1;
  }

  template <typename Distance>
  void write_many(std::vector<Child>& children, Distance distance, bool is_final,
                  std::uint64_t final_output) {
    std::uint64_t all_outputs = final_output;
    std::size_t targets = 0;
    for (const Child& child : children) {
      all_outputs |= child.output;
      targets = std::max(targets, width(distance(child)));
    }
    const std::size_t outputs = all_outputs == 0 ? 0 : width(all_outputs);
    if (is_final) number(final_output, outputs);
    std::reverse(children.begin(), children.end());
    for (const Child& child : children) number(child.output, outputs);
    for (const Child& child : children) number(distance(child), targets);
    for (const Child& child : children) out_.fixed(child.input);
    constexpr std::size_t kTableThreshold = 32;
    if (children.size() > kTableThreshold) {
      std::array<std::uint8_t, 256> table{};
      table.fill(255);
      for (std::size_t i = 0; i < children.size(); ++i) {
        table[children[i].input] = static_cast<std::uint8_t>(children.size() - 1 - i);
      }
      out_.bytes(std::as_bytes(std::span(table)));
    }
    out_.fixed(static_cast<std::uint8_t>(targets << 4 | outputs));
    const bool in_state = !children.empty() && children.size() < 64;
    if (!in_state) {
      out_.fixed(static_cast<std::uint8_t>(children.size() == 256 ? 1 : children.size()));
    }
    out_.fixed(static_cast<std::uint8_t>((is_final ? 0x40 : 0) | (in_state ? children.size() : 0)));
  }

  const std::vector<std::string>& keys_;
  bool late_values_;
  formats::ByteBuffer out_;
};

/// What lies behind the transducer. All slopes are 0, so that errors are the numbers themselves.
inline formats::ByteBuffer write_block_addresses(const std::vector<formats::BlockAddress>& blocks) {
  constexpr std::size_t kGroup = 128;
  formats::ByteBuffer heads;
  formats::ByteBuffer packed;
  for (std::size_t begin = 0; begin < blocks.size(); begin += kGroup) {
    const std::size_t end = std::min(begin + kGroup, blocks.size());
    const formats::BlockAddress& first = blocks[begin];
    const auto bits_for = [](std::uint64_t most) {
      return static_cast<unsigned>(std::bit_width(most)) + 1;
    };
    const unsigned start_bits = bits_for(blocks[end - 1].bytes.end - first.bytes.start);
    const unsigned ordinal_bits = bits_for(blocks[end - 1].first_ordinal - first.first_ordinal);
    heads.fixed(std::uint64_t{packed.size()});
    heads.fixed(first.bytes.start);
    heads.fixed(first.first_ordinal);
    heads.fixed(std::uint32_t{0});
    heads.fixed(std::uint32_t{0});
    heads.fixed(static_cast<std::uint8_t>(ordinal_bits));
    heads.fixed(static_cast<std::uint8_t>(start_bits));
    heads.fixed(static_cast<std::uint16_t>(end - begin - 1));
    std::vector<bool> bits;
    const auto put = [&bits](std::uint64_t value, unsigned width) {
      value += std::uint64_t{1} << (width - 1);
      for (unsigned i = 0; i < width; ++i) bits.push_back((value >> i & 1) != 0);
    };
    for (std::size_t i = begin; i < end; ++i) {
      if (i > begin) {
        put(blocks[i].bytes.start - first.bytes.start, start_bits);
        put(blocks[i].first_ordinal - first.first_ordinal, ordinal_bits);
      }
    }
    put(blocks[end - 1].bytes.end - first.bytes.start, start_bits);
    for (std::size_t at = 0; at < bits.size(); at += 8) {
      unsigned byte = 0;
      for (std::size_t i = 0; i < 8 && at + i < bits.size(); ++i) {
        byte |= bits[at + i] ? 1U << i : 0U;
      }
      packed.fixed(static_cast<std::uint8_t>(byte));
    }
  }
  formats::ByteBuffer out;
  out.fixed(std::uint64_t{heads.size()});
  out.bytes(heads.span());
  out.bytes(packed.span());
  return out;
}

}  // namespace splitscope::test
