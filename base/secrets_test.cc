#include "base/secrets.h"

#include "tests/catch.h"

namespace splitscope {

TEST_CASE("keys that name secrets") {
  for (const char* key : {"access_key", "secret_key", "session_token", "password", "aws-secret-key",
                          "AWS_SECRET_ACCESS_KEY", "apiKey", "--token", "credentials", "passwd"}) {
    INFO(key);
    CHECK(names_a_secret(key));
  }
  for (const char* key : {"mode", "part_size", "endpoint", "secret_key_env", "credentials_file",
                          "key", "keys", "window"}) {
    INFO(key);
    CHECK_FALSE(names_a_secret(key));
  }
}

TEST_CASE("values that look like secrets") {
  for (const char* value :
       {"AKIAIOSFODNN7EXAMPLE", "x ASIAIOSFODNN7EXAMPLE y", "https://me:hunter2@host/b",
        "https://h/b?X-Amz-Signature=00", "-----BEGIN PRIVATE KEY-----", "Authorization: x"}) {
    INFO(value);
    CHECK(looks_like_a_secret(value));
  }
  for (const char* value : {"5MiB", "multipart-streamed", "https://host:9000/b?c=d@e:f", "AKIA",
                            "http://me@host/", "mmap-view:advice=sequential"}) {
    INFO(value);
    CHECK_FALSE(looks_like_a_secret(value));
  }
}

TEST_CASE("a command line is shown without its secrets") {
  CHECK(without_secrets({"run", "--password", "hunter2", "--token=abc", "secret=x", "--mode", "a",
                         "AKIAIOSFODNN7EXAMPLE", "PASSWORD=1", "b"}) ==
        std::vector<std::string>{"run", "--password", "***", "--token=***", "secret=***", "--mode",
                                 "a", "***", "PASSWORD=***", "b"});
}

}  // namespace splitscope
