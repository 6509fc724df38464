#include "harness/record/heap_exec_environment.h"

#include <cstring>

#include "harness/record/heap_slots_layout.h"

namespace splitscope::record::shim {
namespace {

constexpr char kPreload[] = "LD_PRELOAD";

const char* value_of_entry(const char* entry, const char* name) {
  const std::size_t length = std::strlen(name);
  return std::strncmp(entry, name, length) == 0 && entry[length] == '=' ? entry + length + 1
                                                                        : nullptr;
}

// As the dynamic linker parts LD_PRELOAD.
bool is_separator(char letter) { return letter == ':' || letter == ' '; }

bool starts_with_path(const char* list, const char* path) {
  const std::size_t length = std::strlen(path);
  return std::strncmp(list, path, length) == 0 &&
         (list[length] == '\0' || is_separator(list[length]));
}

/// Text that grows in memory of known size.
struct Text {
  char* end;
  void add(const char* from, std::size_t length) {
    std::memcpy(end, from, length);
    end += length;
  }
  void add(const char* text) { add(text, std::strlen(text)); }
};

// "NAME=value" with its end; returns where it begins.
char* add_entry(Text& text, const char* name, const char* value) {
  char* const begin = text.end;
  text.add(name);
  text.add("=");
  text.add(value);
  text.add("", 1);
  return begin;
}

// The shim first, then the list without it, in order.
char* add_preload(Text& text, const char* shim, const char* list) {
  char* const begin = text.end;
  text.add(kPreload);
  text.add("=");
  text.add(shim);
  while (list != nullptr && *list != '\0') {
    std::size_t length = 0;
    while (list[length] != '\0' && !is_separator(list[length])) ++length;
    if (length != 0 && !starts_with_path(list, shim)) {
      text.add(":");
      text.add(list, length);
    }
    list += length;
    while (is_separator(*list)) ++list;
  }
  text.add("", 1);
  return begin;
}

std::size_t entries(char* const* environment) {
  std::size_t count = 0;
  while (environment != nullptr && environment[count] != nullptr) ++count;
  return count;
}

// Ours in addition to the entries, and the null at the end.
constexpr std::size_t kAdded = 3 + 1;

}  // namespace

const char* value_in(char* const* environment, const char* name) {
  const char* found = nullptr;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    if (const char* value = value_of_entry(*environment, name)) found = value;
  }
  return found;
}

bool carries(char* const* environment, const HandedOn& handed_on) {
  const char* const preload = value_in(environment, kPreload);
  const char* const slots = value_in(environment, kHeapSlotsVariable);
  return preload != nullptr && starts_with_path(preload, handed_on.shim) && slots != nullptr &&
         std::strcmp(slots, handed_on.slots) == 0 &&
         (handed_on.phases == nullptr || value_in(environment, kPhasesFdVariable) != nullptr);
}

std::size_t put_back_bytes(char* const* environment, const HandedOn& handed_on) {
  // "NAME=", ":" and the end of each.
  std::size_t bytes = (entries(environment) + kAdded) * sizeof(char*);
  bytes += sizeof kPreload + 1 + std::strlen(handed_on.shim) + 1;
  if (const char* list = value_in(environment, kPreload)) bytes += std::strlen(list) + 1;
  bytes += sizeof kHeapSlotsVariable + 1 + std::strlen(handed_on.slots);
  if (handed_on.phases != nullptr) {
    bytes += sizeof kPhasesFdVariable + 1 + std::strlen(handed_on.phases);
  }
  return bytes;
}

char* const* put_back(char* const* environment, const HandedOn& handed_on, void* memory) {
  const std::size_t count = entries(environment);
  auto** const rebuilt = static_cast<char**>(memory);
  Text text{static_cast<char*>(memory) + (count + kAdded) * sizeof(char*)};
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (value_of_entry(environment[i], kPreload) != nullptr ||
        value_of_entry(environment[i], kHeapSlotsVariable) != nullptr) {
      continue;
    }
    rebuilt[kept++] = environment[i];
  }
  rebuilt[kept++] = add_preload(text, handed_on.shim, value_in(environment, kPreload));
  rebuilt[kept++] = add_entry(text, kHeapSlotsVariable, handed_on.slots);
  if (handed_on.phases != nullptr && value_in(environment, kPhasesFdVariable) == nullptr) {
    rebuilt[kept++] = add_entry(text, kPhasesFdVariable, handed_on.phases);
  }
  rebuilt[kept] = nullptr;
  return rebuilt;
}

}  // namespace splitscope::record::shim
