#include "base/strict_json.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <set>

#include "base/errors.h"
#include "base/file_error.h"
#include "base/nearest_name.h"
#include "base/open_restarting.h"
#include "base/printable.h"
#include "base/secrets.h"

namespace splitscope {

using nlohmann::json;

namespace {

// No file of ours has more than ten; far below what would end a recursion.
constexpr std::size_t kMaxDepth = 64;
// The longest value that a message quotes.
constexpr std::size_t kShownBytes = 60;

// Looks at every token; builds nothing. nlohmann's parser itself takes the last of two equal keys
// and turns long integers into reals without a word.
class Checker : public nlohmann::json_sax<json> {
 public:
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(json::number_integer_t /*value*/) override { return true; }
  bool number_unsigned(json::number_unsigned_t /*value*/) override { return true; }
  bool number_float(json::number_float_t /*value*/, const std::string& raw) override {
    return raw.find_first_of(".eE") != std::string::npos || refuse_number(raw);
  }
  bool string(std::string& /*value*/) override { return true; }
  bool binary(json::binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*size*/) override { return enter(); }
  bool key(std::string& value) override {
    if (keys_.back().insert(value).second) return true;
    problem_ = "key '" + shortened(value, kShownBytes) + "' stands twice in one object";
    return false;
  }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t /*size*/) override { return enter(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception& error) override {
    position_ = position;
    constexpr int kOverflow = 406;
    if (error.id == kOverflow) return refuse_number(token);
    std::string text = error.what();
    // "[json.exception...] parse error at line 1, column 5: what; last read: '...'": only the what.
    if (const auto start = text.find("parse error"); start != std::string::npos) {
      if (const auto colon = text.find(": ", start); colon != std::string::npos) {
        text.erase(0, colon + 2);
      }
    }
    text.erase(std::min(text.find("; last read"), text.size()));
    problem_ = "not JSON: " + shortened(text, 200);
    return false;
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] std::optional<std::size_t> position() const { return position_; }

 private:
  bool refuse_number(const std::string& raw) {
    problem_ = "the number " + shortened(raw, 20) + " has " + std::to_string(raw.size()) +
               " characters; 64 bits cannot hold it";
    return false;
  }
  bool enter() {
    keys_.emplace_back();
    if (keys_.size() <= kMaxDepth) return true;
    problem_ = "more than " + std::to_string(kMaxDepth) + " levels of lists and objects";
    return false;
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> keys_;
  std::string problem_;
  std::optional<std::size_t> position_;
};

std::string place_in(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, std::min(position, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto start = before.rfind('\n');
  const std::size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1);
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

std::string shown(const json& value) {
  switch (value.type()) {
    case json::value_t::object:
      return "an object";
    case json::value_t::array:
      return value.empty() ? "an empty list" : "a list";
    case json::value_t::string: {
      const auto& text = value.get_ref<const std::string&>();
      if (looks_like_a_secret(text)) return "a text that is not shown";
      return "\"" + shortened(text, kShownBytes) + "\"";
    }
    default:
      return shortened(value.dump(), kShownBytes);
  }
}

}  // namespace

json parse_strict_json(std::string_view text, const std::string& file) {
  Checker checker;
  if (!json::sax_parse(text, &checker)) {
    const std::string place =
        checker.position() ? place_in(text, *checker.position()) + ": " : std::string();
    throw UsageError(file + ": " + place + checker.problem());
  }
  return json::parse(text);
}

std::string read_small_file(const std::filesystem::path& file, std::uint64_t limit_bytes) {
  const int fd = open_restarting(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) throw FileError("open", file, errno);
  std::string text;
  constexpr std::size_t kStep = 64 * 1024;
  for (;;) {
    const std::size_t old = text.size();
    text.resize(old + kStep);
    const ssize_t got = ::read(fd, text.data() + old, kStep);
    const int error = errno;
    text.resize(old + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && error == EINTR) continue;
    if (got > 0 && text.size() <= limit_bytes) continue;
    ::close(fd);
    if (got < 0) throw FileError("read", file, error);
    if (got == 0) return text;
    throw UsageError(file.string() + ": has more than " + std::to_string(limit_bytes) + " bytes");
  }
}

void StrictJson::fail(const std::string& problem) const {
  throw UsageError(where() + ": " + problem);
}

void StrictJson::expected(const std::string& what) const {
  fail("expected " + what + ", found " + shown(value_));
}

std::string StrictJson::where() const { return path_.empty() ? file_ : file_ + ": " + path_; }

StrictJson StrictJson::below(const std::string& key, const json& value) const {
  const std::string name = shortened(key, kShownBytes);
  return {value, file_, path_.empty() ? name : path_ + "." + name};
}

void StrictJson::allow_only(std::initializer_list<std::string_view> keys) const {
  if (!value_.is_object()) expected("an object");
  for (const auto& [key, unused] : value_.items()) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    if (names_a_secret(key)) {
      fail("key '" + shortened(key, kShownBytes) +
           "' names a secret, which has no place here; put it into an environment variable");
    }
    const std::vector<std::string> known(keys.begin(), keys.end());
    fail("key '" + shortened(key, kShownBytes) + "' is unknown" + did_you_mean(key, known));
  }
}

std::optional<StrictJson> StrictJson::find(const char* key) const {
  if (!value_.is_object()) expected("an object");
  const auto found = value_.find(key);
  if (found == value_.end()) return std::nullopt;
  return below(key, *found);
}

StrictJson StrictJson::at(const char* key) const {
  auto found = find(key);
  if (!found) fail("key '" + std::string(key) + "' is missing");
  return *found;
}

std::vector<std::pair<std::string, StrictJson>> StrictJson::members() const {
  if (!value_.is_object()) expected("an object");
  std::vector<std::pair<std::string, StrictJson>> list;
  for (const auto& [key, value] : value_.items()) list.emplace_back(key, below(key, value));
  return list;
}

std::vector<StrictJson> StrictJson::items() const {
  if (!value_.is_array() || value_.empty()) expected("a list of at least one item");
  std::vector<StrictJson> list;
  for (std::size_t i = 0; i < value_.size(); ++i) {
    list.emplace_back(value_[i], file_, path_ + "[" + std::to_string(i) + "]");
  }
  return list;
}

std::string StrictJson::text() const {
  if (!value_.is_string() || value_.get_ref<const std::string&>().empty()) expected("a text");
  return value_.get<std::string>();
}

bool StrictJson::boolean() const {
  if (!value_.is_boolean()) expected("true or false");
  return value_.get<bool>();
}

std::uint64_t StrictJson::whole(std::uint64_t least, std::uint64_t most) const {
  if (value_.is_number_unsigned()) {
    const auto number = value_.get<std::uint64_t>();
    if (number >= least && number <= most) return number;
  }
  expected("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

std::string StrictJson::name(std::size_t limit) const {
  std::string given = text();
  const bool plain = std::all_of(given.begin(), given.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  });
  if (!plain || given.front() == '.' || given.size() > limit) {
    expected("a name of at most " + std::to_string(limit) + " letters, digits, '.', '_' and '-'");
  }
  return given;
}

}  // namespace splitscope
