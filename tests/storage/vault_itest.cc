#include <filesystem>
#include <fstream>

#include "storage/secret_version.h"
#include "storage/vault.h"
#include "tests/storage/fixture.h"

namespace sallyport::test {
namespace {

using storage::Vault;

class VaultFixture : public StoreFixture {
 public:
  VaultFixture() { open(); }

  Result<std::uint32_t> put(const std::string& name, const std::string& value,
                            const std::string& kind = "token") {
    return loop.run(store->vault().put(name, kind, config::SecretBytes(value), "alice"));
  }
  Result<void> remove(const std::string& name) {
    return loop.run(store->vault().remove(name, "bob"));
  }
  // "VERSION:VALUE", or the error's name.
  std::string opened(const std::string& name) {
    const auto secret = store->vault().open(name);
    if (!secret) return std::string(to_string(secret.error().code));
    return std::to_string(secret.value().version) + ":" + std::string(secret.value().value.view());
  }
  void reopen() {
    close();
    open();
  }
  // Whether any file of the store has the bytes in it.
  bool on_disk(const std::string& bytes) {
    for (const auto& file : std::filesystem::directory_iterator(folder.path("."))) {
      std::ifstream in(file.path(), std::ios::binary);
      const std::string all((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      if (all.find(bytes) != std::string::npos) return true;
    }
    return false;
  }
};

TEST_CASE_METHOD(VaultFixture, "A sealed secret is there at once and after a restart") {
  CHECK(opened("crm") == "not_found");
  CHECK(put("crm", "first-value").value() == 1);
  CHECK(opened("crm") == "1:first-value");
  CHECK(put("crm", "second-value").value() == 2);
  CHECK(put("web.1_b-2", std::string("\0\xff\n", 3), "other").value() == 1);
  CHECK(opened("crm") == "2:second-value");
  reopen();
  CHECK(opened("crm") == "2:second-value");
  CHECK(opened("web.1_b-2") == std::string("1:\0\xff\n", 5));
  CHECK(put("crm", "third-value").value() == 3);
  const auto report = verify();
  CHECK(describe(report) == "ok");
}

TEST_CASE_METHOD(VaultFixture, "Each change is a row of `changes` and of `secrets`") {
  REQUIRE(put("crm", "first-value"));
  REQUIRE(put("crm", "second-value", "password"));
  REQUIRE(remove("crm"));
  CHECK(query("SELECT kind, subject, before, after FROM changes ORDER BY rowid") ==
        std::vector<std::string>{"secret|alice|NULL|crm version 1 token",
                                 "secret|alice|crm version 1 token|crm version 2 password",
                                 "secret|bob|crm version 2 password|NULL"});
  CHECK(query("SELECT name, version, kind, created_by, removed_by, uses FROM secrets") ==
        std::vector<std::string>{"crm|1|token|alice|bob|0", "crm|2|password|alice|bob|0"});
  CHECK(query("SELECT count(*) FROM secret") == std::vector<std::string>{"0"});
}

TEST_CASE_METHOD(VaultFixture, "A number is never given out twice, whatever was removed") {
  REQUIRE(put("crm", "first-value"));
  REQUIRE(remove("crm"));
  CHECK(opened("crm") == "not_found");
  CHECK(remove("crm").error().code == ErrorCode::kNotFound);
  CHECK(put("crm", "second-value").value() == 2);
  reopen();
  CHECK(opened("crm") == "2:second-value");
  REQUIRE(remove("crm"));
  reopen();
  CHECK(opened("crm") == "not_found");
  CHECK(put("crm", "third-value").value() == 3);
  CHECK(describe(verify()) == "ok");
}

TEST_CASE_METHOD(VaultFixture, "No file of the store has a secret in it") {
  const std::string value = "very-secret-value-0123456789";
  REQUIRE(put("crm", value));
  REQUIRE(put("crm", value + "-again"));
  CHECK_FALSE(on_disk(value));
  close();
  CHECK_FALSE(on_disk(value));
  CHECK(on_disk("crm version 2 token"));
}

TEST_CASE_METHOD(VaultFixture, "What is no name, kind or value is refused and not recorded") {
  for (const char* name : {"", "CRM", ".crm", "-crm", "a b", "a/b", "a\n", "\xc3\xa4"})
    CHECK(put(name, "x").error().code == ErrorCode::kInvalid);
  CHECK(put(std::string(129, 'a'), "x").error().code == ErrorCode::kInvalid);
  CHECK(put("crm", "x", "secret").error().code == ErrorCode::kInvalid);
  CHECK(put("crm", "").error().code == ErrorCode::kInvalid);
  CHECK(put("crm", std::string(64 * 1024 + 1, 'x')).error().code == ErrorCode::kLimit);
  CHECK(query("SELECT count(*) FROM changes") == std::vector<std::string>{"0"});
  CHECK(put(std::string(128, 'a'), std::string(64 * 1024, 'x')).value() == 1);
}

TEST_CASE_METHOD(VaultFixture, "A store that is closed changes nothing") {
  REQUIRE(put("crm", "first-value"));
  store->stop();
  CHECK(put("crm", "second-value").error().code == ErrorCode::kNotRecorded);
  CHECK(remove("crm").error().code == ErrorCode::kNotRecorded);
  CHECK(opened("crm") == "1:first-value");
}

TEST_CASE_METHOD(VaultFixture, "Rows that were swapped, altered or taken away are not opened") {
  REQUIRE(put("crm", "first-value"));
  REQUIRE(put("crm", "second-value"));
  REQUIRE(put("web", "third-value"));
  close();
  std::string sql;
  SECTION("another name") {
    sql =
        "UPDATE secret SET (wrapped, sealed) = (SELECT wrapped, sealed FROM secret WHERE name = "
        "'web') WHERE name = 'crm' AND version = 2";
  }
  SECTION("an older version") {
    sql =
        "UPDATE secret SET (wrapped, sealed) = (SELECT wrapped, sealed FROM secret WHERE name = "
        "'crm' AND version = 1) WHERE name = 'crm' AND version = 2";
  }
  SECTION("another's bytes") {
    sql =
        "UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE name = 'web') WHERE name = "
        "'crm' AND version = 2";
  }
  SECTION("an altered byte") {
    sql =
        "UPDATE secret SET sealed = CAST(substr(sealed, 1, 3) || x'00' || substr(sealed, 5) AS "
        "BLOB) WHERE "
        "version = 2";
  }
  SECTION("cut bytes") { sql = "UPDATE secret SET sealed = x'00' WHERE version = 2"; }
  SECTION("a key that is not at hand") {
    sql = "UPDATE secret SET store_key = '0000000000000000' WHERE version = 2";
  }
  SECTION("no row") { sql = "DELETE FROM secret WHERE name = 'crm' AND version = 2"; }
  query(sql);
  open();
  // Never the version before.
  CHECK(opened("crm") == "unauthenticated");
  CHECK(opened("web") == "1:third-value");
}

TEST_CASE("A version of a secret is written and read in one way only") {
  const auto read = storage::parse_secret_version("crm version 12 private_key");
  REQUIRE(read);
  CHECK((read->name == "crm" && read->version == 12 && read->kind == "private_key"));
  for (const char* bad :
       {"", "crm", "crm version", "crm version 1", "crm version 0 token", "crm version 01 token",
        "crm version 1 toast", "crm version -1 token", "CRM version 1 token",
        "crm version 1 token ", " version 1 token", "crm version 99999999999 token"})
    CHECK_FALSE(storage::parse_secret_version(bad));
}

}  // namespace
}  // namespace sallyport::test
