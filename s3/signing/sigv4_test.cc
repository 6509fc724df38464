#include "s3/signing/sigv4.h"

#include "base/digest.h"
#include "s3/protocol/uri.h"
#include "tests/catch.h"

namespace splitscope::s3 {
namespace {

struct Vector {
  const char* name;
  const char* method;
  /// As it stands in the request line.
  const char* target;
  Headers headers;
  const char* body;
  const char* signature;
};

std::string sign(const Vector& vector, const char* secret, const SigningScope& scope) {
  const auto target = parse_target(vector.target);
  REQUIRE(target);
  const SignableRequest request{vector.method, target->path, target->query, vector.headers,
                                to_hex(digest_of(HashKind::kSha256, vector.body))};
  return signature(request, scope, secret);
}

/// awslabs/aws-c-auth, tests/aws-signing-test-suite/v4: the cases that S3's rules apply to (S3 does
/// not normalise paths, so the normalising ones do not).
TEST_CASE("signatures of AWS's signing test suite", "[sigv4]") {
  const std::pair<std::string, std::string> host{"host", "example.amazonaws.com"};
  const std::pair<std::string, std::string> date{"x-amz-date", "20150830T123600Z"};
  const std::pair<std::string, std::string> body_hash{
      "x-amz-content-sha256", "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"};
  const std::vector<Vector> vectors = {
      {"get-vanilla",
       "GET",
       "/",
       {host, date},
       "",
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"get-vanilla-query-order-key-case",
       "GET",
       "/?Param2=value2&Param1=value1",
       {host, date},
       "",
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"get-vanilla-query-order-encoded",
       "GET",
       "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
       {host, date},
       "",
       "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
      {"get-vanilla-query-unreserved",
       "GET",
       "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz="
       "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
       {host, date},
       "",
       "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
      {"get-unreserved",
       "GET",
       "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
       {host, date},
       "",
       "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
      {"get-utf8",
       "GET",
       "/\xE1\x88\xB4",
       {host, date},
       "",
       "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
      {"get-vanilla-utf8-query",
       "GET",
       "/?\xE1\x88\xB4=bar",
       {host, date},
       "",
       "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
      {"get-vanilla-empty-query-key",
       "GET",
       "/?Param1=value1",
       {host, date},
       "",
       "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
      {"get-header-key-duplicate",
       "GET",
       "/",
       {host, {"my-header1", "value2"}, {"my-header1", "value2"}, {"my-header1", "value1"}, date},
       "",
       "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
      {"get-header-value-order",
       "GET",
       "/",
       {host,
        {"my-header1", "value4"},
        {"my-header1", "value1"},
        {"my-header1", "value3"},
        {"my-header1", "value2"},
        date},
       "",
       "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
      {"get-header-value-trim",
       "GET",
       "/",
       {host, {"my-header1", " value1"}, {"my-header2", " \"a   b   c\""}, date},
       "",
       "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
      {"get-space-unnormalized",
       "GET",
       "/example space/",
       {host, date},
       "",
       "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
      {"get-slashes-unnormalized",
       "GET",
       "//example//",
       {host, date},
       "",
       "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5"},
      {"get-vanilla-with-session-token",
       "GET",
       "/",
       {host,
        date,
        {"x-amz-security-token",
         "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"}},
       "",
       "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
      {"post-vanilla",
       "POST",
       "/",
       {host, date},
       "",
       "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
      {"post-header-key-sort",
       "POST",
       "/",
       {{"my-header1", "value1"}, date, host},
       "",
       "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
      {"post-x-www-form-urlencoded",
       "POST",
       "/",
       {{"content-type", "application/x-www-form-urlencoded"},
        host,
        {"content-length", "13"},
        body_hash,
        date},
       "Param1=value1",
       "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"},
      {"post-x-www-form-urlencoded-parameters",
       "POST",
       "/",
       {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"},
        host,
        {"content-length", "13"},
        body_hash,
        date},
       "Param1=value1",
       "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422"},
  };
  const SigningScope scope{"20150830T123600Z", "us-east-1", "service"};
  for (const Vector& vector : vectors) {
    INFO(vector.name);
    CHECK(sign(vector, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope) == vector.signature);
  }
}

/// "Examples: Signature Calculations" of the S3 API reference.
TEST_CASE("signatures of S3's published examples", "[sigv4]") {
  constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const std::pair<std::string, std::string> host{"host", "examplebucket.s3.amazonaws.com"};
  const std::pair<std::string, std::string> date{"x-amz-date", "20130524T000000Z"};
  const std::pair<std::string, std::string> empty_hash{"x-amz-content-sha256", kEmpty};
  const std::vector<Vector> vectors = {
      {"GET with a range",
       "GET",
       "/test.txt",
       {host, {"range", "bytes=0-9"}, empty_hash, date},
       "",
       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
      {"PUT",
       "PUT",
       "/test%24file.text",
       {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
        host,
        date,
        {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
        {"x-amz-content-sha256",
         "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"}},
       "Welcome to Amazon S3.",
       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
      {"GET bucket lifecycle",
       "GET",
       "/?lifecycle",
       {host, empty_hash, date},
       "",
       "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {"list objects",
       "GET",
       "/?max-keys=2&prefix=J",
       {host, empty_hash, date},
       "",
       "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
  };
  const SigningScope scope{"20130524T000000Z", "us-east-1", "s3"};
  for (const Vector& vector : vectors) {
    INFO(vector.name);
    CHECK(sign(vector, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", scope) == vector.signature);
  }
}

TEST_CASE("the canonical request of S3's range example, line by line", "[sigv4]") {
  constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const SignableRequest request{"GET",
                                "/test.txt",
                                {},
                                {{"x-amz-date", "20130524T000000Z"},
                                 {"host", "examplebucket.s3.amazonaws.com"},
                                 {"range", "bytes=0-9"},
                                 {"x-amz-content-sha256", kEmpty}},
                                kEmpty};
  CHECK(canonical_request(request) ==
        std::string("GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n"
                    "x-amz-content-sha256:") +
            kEmpty +
            "\nx-amz-date:20130524T000000Z\n\nhost;range;x-amz-content-sha256;x-amz-date\n" +
            kEmpty);
  CHECK(string_to_sign(request, {"20130524T000000Z", "us-east-1", "s3"}) ==
        "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"
        "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972");
}

TEST_CASE("an Authorization header is parsed as it was made", "[sigv4]") {
  const SignableRequest request{"GET", "/", {}, {{"host", "h"}, {"x-amz-date", "d"}}, "e"};
  const auto parsed = parse_authorization(
      authorization(request, {"20130524T000000Z", "eu-west-3", "s3"}, {"key/with/slash", "s"}));
  REQUIRE(parsed);
  CHECK(parsed->access_key == "key/with/slash");
  CHECK(parsed->date == "20130524");
  CHECK(parsed->region == "eu-west-3");
  CHECK(parsed->service == "s3");
  CHECK(parsed->signed_headers == std::vector<std::string>{"host", "x-amz-date"});
  CHECK(parsed->signature == signature(request, {"20130524T000000Z", "eu-west-3", "s3"}, "s"));

  CHECK(
      parse_authorization("AWS4-HMAC-SHA256 Credential=A/20130524/r/s3/aws4_request, "
                          "SignedHeaders=host, Signature=0"));
  for (const char* malformed :
       {"", "AWS4-HMAC-SHA256", "AWS A:b", "AWS4-HMAC-SHA256 Credential=A/1/r/s3/aws4_request",
        "AWS4-HMAC-SHA256 Credential=A/1/r/aws4_request,SignedHeaders=host,Signature=0",
        "AWS4-HMAC-SHA256 Credential=A/1/r/s3/aws5_request,SignedHeaders=host,Signature=0",
        "AWS4-HMAC-SHA256 Credential=/1/r/s3/aws4_request,SignedHeaders=host,Signature=0",
        "AWS4-HMAC-SHA256 Credential=A/1/r/s3/aws4_request,SignedHeaders=host,Signature=",
        "AWS4-HMAC-SHA256 Credential=A/1/r/s3/aws4_request,SignedHeaders=host,Signature=0,x"}) {
    INFO(malformed);
    CHECK_FALSE(parse_authorization(malformed));
  }
}

TEST_CASE("times of signatures", "[sigv4]") {
  const auto time = parse_time("20130524T000000Z");
  REQUIRE(time);
  CHECK(time->time_since_epoch().count() == 1369353600);
  CHECK(format_time(*time) == "20130524T000000Z");
  CHECK(format_time(*parse_time("20240229T235959Z")) == "20240229T235959Z");
  for (const char* malformed :
       {"", "20130524", "20130524T000000", "20130524 000000Z", "20230229T000000Z",
        "20131324T000000Z", "20130524T240000Z", "2013-524T000000Z", "20130524T00000xZ"}) {
    INFO(malformed);
    CHECK_FALSE(parse_time(malformed));
  }
}

TEST_CASE("targets are decoded and encoded again", "[sigv4]") {
  const auto target = parse_target("/b/a%2Fb%20c+d?uploads&x=%26%3D&&y=");
  REQUIRE(target);
  CHECK(target->path == "/b/a/b c+d");
  CHECK(target->query == Query{{"uploads", ""}, {"x", "&="}, {"y", ""}});
  CHECK(encode_path(target->path) == "/b/a/b%20c%2Bd");
  CHECK(canonical_query(target->query) == "uploads=&x=%26%3D&y=");
  CHECK_FALSE(parse_target("b/c"));
  CHECK_FALSE(parse_target("/%4"));
  CHECK_FALSE(parse_target("/%zz"));
  CHECK_FALSE(parse_target("/?a=%"));
}

}  // namespace
}  // namespace splitscope::s3
