// SSH keys and certificates, with what OpenSSH makes on the other side.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "core/identity/address_list.h"
#include "core/identity/limits.h"
#include "core/identity/ssh_certificate.h"
#include "core/identity/ssh_wire.h"
#include "tests/support/fakes.h"

namespace sallyport::identity {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::string data(const std::string& name) {
  std::ifstream file(std::string(SALLYPORT_SOURCE_DIR) + "/tests/data/ssh/" + name);
  REQUIRE(file);
  std::stringstream out;
  out << file.rdbuf();
  std::string text = out.str();
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string ca_blob(const std::string& name) {
  // An RSA CA is no key of ours, but its blob can be listed.
  const std::string line = data(name);
  const std::size_t space = line.find(' ');
  return *base64_decode(line.substr(space + 1, line.find(' ', space + 1) - space - 1));
}

WallTime start() { return test::FakeClock().wall(); }

SshCertificate certificate(const std::string& name) {
  const Result<SshCertificate> parsed = parse_ssh_certificate_line(data(name + "-cert.pub"));
  INFO(name << ": " << (parsed ? "" : parsed.error().detail));
  REQUIRE(parsed);
  return *parsed;
}

std::variant<Principal, Rejection> judge(const SshCertificate& shown, WallTime now = start(),
                                         const std::string& ip = "192.0.2.7",
                                         const std::string& user = "crm") {
  const std::vector<std::string> authorities = {ca_blob("ca.pub")};
  return principal_of(shown, authorities, now, ip, user);
}

std::string why(const std::variant<Principal, Rejection>& verdict) {
  const auto* rejection = std::get_if<Rejection>(&verdict);
  return rejection == nullptr ? "accepted" : rejection->reason;
}

Principal alice() {
  Principal who;
  who.issuer = "corp";
  who.subject = "alice";
  who.actors = {"copilot", "scheduler"};
  who.groups = {"agents"};
  who.key_id = "k1";
  who.expires_at = start() + minutes(30);
  return who;
}

CertificateRequest request(const std::string& key = "ed25519.pub") {
  CertificateRequest made;
  made.key = parse_ssh_public_key(data(key)).value();
  made.principal = alice();
  made.targets = {"crm", "orders-db"};
  made.client_ip = "192.0.2.7";
  made.serial = 0x8123456789abcdef;
  made.nonce = std::string(32, 'n');
  made.from = start();
  made.until = start() + minutes(5);
  return made;
}

// A security key's blob: ssh-keygen makes none without the hardware.
std::string sk_line(const std::string& type, const std::string& base, bool with_application) {
  const SshPublicKey key = parse_ssh_public_key(data(base)).value();
  std::string blob;
  append_ssh_string(blob, type);
  blob += key.fields;
  if (with_application) append_ssh_string(blob, "ssh:");
  return type + " " + base64_encode(blob);
}

TEST_CASE("The keys that OpenSSH makes are taken, weak and foreign ones are not") {
  for (const char* name :
       {"ed25519.pub", "ecdsa256.pub", "ecdsa384.pub", "ecdsa521.pub", "rsa2048.pub"}) {
    const Result<SshPublicKey> key = parse_ssh_public_key(data(name));
    INFO(name);
    REQUIRE(key);
    CHECK(data(name).find(base64_encode(key->blob())) != std::string::npos);
  }
  CHECK(parse_ssh_public_key(data("ed25519.pub"))->fingerprint() ==
        "SHA256:q7/ZD7bsnjnCQnDy5CAmK1oRFFe+y26GrWFR/Odcpt4");
  CHECK(parse_ssh_public_key(sk_line("sk-ssh-ed25519@openssh.com", "ed25519.pub", true)).ok());
  CHECK(parse_ssh_public_key(sk_line("sk-ecdsa-sha2-nistp256@openssh.com", "ecdsa256.pub", true))
            .ok());
  CHECK_FALSE(parse_ssh_public_key(sk_line("sk-ssh-ed25519@openssh.com", "ed25519.pub", false)));
  const std::string weak = parse_ssh_public_key(data("rsa1024.pub")).error().detail;
  CHECK(weak == "the SSH key has fewer than 2048 bits");
  for (const std::string& bad :
       {data("dsa.pub"), data("good-cert.pub"), std::string("ssh-ed25519"),
        std::string("ssh-ed25519 ????"), std::string("ssh-rsa ") + data("ed25519.pub").substr(12),
        std::string("from=\"*\" ") + data("ed25519.pub"),
        std::string("-----BEGIN OPENSSH PRIVATE KEY-----"), std::string(10'000, 'a')})
    CHECK_FALSE(parse_ssh_public_key(bad));
}

TEST_CASE("No prefix of a key or a certificate is one, nor is one with a byte more") {
  const SshPublicKey key = parse_ssh_public_key(data("ecdsa256.pub")).value();
  const std::string blob = key.blob();
  for (std::size_t size = 0; size < blob.size(); ++size)
    CHECK_FALSE(parse_ssh_key_blob(std::string_view(blob).substr(0, size)));
  CHECK_FALSE(parse_ssh_key_blob(blob + '\0'));
  const std::string whole = certificate("good").blob;
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(parse_ssh_certificate(std::string_view(whole).substr(0, size)));
  CHECK_FALSE(parse_ssh_certificate(whole + '\0'));
}

TEST_CASE("A certificate that ssh-keygen made speaks for the identity in it") {
  for (const char* name :
       {"good", "good_ecdsa256", "good_ecdsa384", "good_ecdsa521", "good_rsa2048"}) {
    const SshCertificate shown = certificate(name);
    const auto verdict = judge(shown);
    INFO(name << ": " << why(verdict));
    REQUIRE(std::holds_alternative<Principal>(verdict));
    const Principal& who = std::get<Principal>(verdict);
    CHECK(who.issuer == "corp");
    CHECK(who.subject == "alice");
    CHECK(who.actors == std::vector<std::string>{"copilot"});
    CHECK(who.groups == std::vector<std::string>{"agents"});
    CHECK(who.bound_target == "crm");
    CHECK(who.auth_method == "certificate");
    CHECK(who.credential_id.size() == 64);
    CHECK(who.expires_at == start() + std::chrono::hours(1));
  }
  CHECK(certificate("good").serial == 7);
  CHECK(certificate("good").key_id == "corp/alice by copilot");
  CHECK(certificate("good").principals == std::vector<std::string>{"crm", "orders-db"});
}

TEST_CASE("A certificate opens what it says, when, where and for whom it says") {
  const SshCertificate good = certificate("good");
  CHECK(why(judge(good, start() - seconds(1))) == "the certificate is not valid yet");
  CHECK(why(judge(good, start() + minutes(10) - seconds(1))) == "accepted");
  CHECK(why(judge(good, start() + minutes(10))) == "the certificate has expired");
  CHECK(why(judge(good, start(), "2001:db8::9")) == "accepted");
  CHECK(why(judge(good, start(), "::ffff:192.0.2.9")) == "accepted");
  CHECK(why(judge(good, start(), "198.51.100.1")) ==
        "the certificate is for another source address");
  CHECK(why(judge(good, start(), "unix")) == "the certificate is for another source address");
  CHECK(why(judge(good, start(), "192.0.2.7", "orders-db")) == "accepted");
  for (const char* user : {"billing", "", "crm,orders-db", "CRM", "*"})
    CHECK(why(judge(good, start(), "192.0.2.7", user)) == "the certificate is for other targets");
}

TEST_CASE("What is not a user's certificate of our CA with an identity opens nothing") {
  CHECK(why(judge(certificate("other"))) == "the certificate is not of this broker's CA");
  CHECK(why(judge(certificate("host"))) == "the certificate names no identity");
  CHECK(why(judge(certificate("no_identity"))) == "the certificate names no identity");
  CHECK(why(judge(certificate("no_principals"))) == "the certificate is for other targets");
  for (const char* name : {"force_command", "verify_required", "unknown_critical"})
    CHECK(why(judge(certificate(name))) ==
          "the certificate has a critical option that is not known");
  // RSA signatures of a CA are not ours, even of one that is listed.
  const std::vector<std::string> rsa = {ca_blob("rsa_ca.pub")};
  CHECK(why(principal_of(certificate("rsa_signed"), rsa, start(), "192.0.2.7", "crm")) ==
        "the certificate's signature is wrong");
}

TEST_CASE("A changed byte anywhere in a certificate is found") {
  const std::string whole = certificate("good").blob;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string altered = whole;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    const Result<SshCertificate> parsed = parse_ssh_certificate(altered);
    if (parsed) CHECK(why(judge(*parsed)) != "accepted");
  }
}

TEST_CASE("A certificate that is made here comes back whole") {
  const SshCaKey ca = SshCaKey::generate().value();
  for (const char* name : {"ed25519.pub", "ecdsa521.pub", "rsa2048.pub"}) {
    const CertificateRequest wanted = request(name);
    const Result<MadeCertificate> made = make_ssh_certificate(wanted, ca);
    REQUIRE(made);
    CHECK(made->key_id == "corp/alice by copilot by scheduler");
    const Result<SshCertificate> back = parse_ssh_certificate_line(made->line);
    REQUIRE(back);
    CHECK(back->key.blob() == wanted.key.blob());
    CHECK(back->serial == wanted.serial);
    CHECK(back->principals == wanted.targets);
    CHECK(back->valid_before - back->valid_after == 300);
    CHECK(back->extensions.size() == 2);
    CHECK(back->extensions[1].first == "permit-pty");
    const std::vector<std::string> authorities = {"", ca.public_blob()};
    const auto verdict = principal_of(*back, authorities, start(), "192.0.2.7", "orders-db");
    REQUIRE(std::holds_alternative<Principal>(verdict));
    CHECK(std::get<Principal>(verdict).actors == alice().actors);
    CHECK(std::get<Principal>(verdict).expires_at == alice().expires_at);
    CHECK(why(principal_of(*back, authorities, start(), "192.0.2.8", "orders-db")) ==
          "the certificate is for another source address");
  }
  // The key that was kept signs like the one that was made.
  const SshCaKey again = SshCaKey::load(ca.seed().view()).value();
  CHECK(again.public_blob() == ca.public_blob());
  CHECK_FALSE(SshCaKey::load("short"));
}

TEST_CASE("Names that would mean something else in a certificate are refused") {
  const SshCaKey ca = SshCaKey::generate().value();
  for (const std::string& name :
       {std::string("a,b"), std::string(), std::string("a\nb"), std::string("a b"),
        std::string("a\0b", 3), std::string(256, 'a')}) {
    CertificateRequest wanted = request();
    wanted.targets = {"crm", name};
    CHECK_FALSE(make_ssh_certificate(wanted, ca));
  }
  CertificateRequest wanted = request();
  wanted.targets = std::vector<std::string>(256, "crm");
  CHECK(make_ssh_certificate(wanted, ca).ok());
  wanted.targets.emplace_back("crm");
  CHECK_FALSE(make_ssh_certificate(wanted, ca));
  wanted = request();
  wanted.client_ip = "unix";
  CHECK_FALSE(make_ssh_certificate(wanted, ca));
  wanted.client_ip = "2001:DB8::7";
  CHECK(make_ssh_certificate(wanted, ca).ok());
}

TEST_CASE("Address lists") {
  CHECK(address_in_list("192.0.2.7", "192.0.2.7"));
  CHECK(address_in_list("192.0.2.7", "10.0.0.0/8,192.0.2.0/29"));
  CHECK_FALSE(address_in_list("192.0.2.8", "10.0.0.0/8,192.0.2.0/29"));
  CHECK(address_in_list("203.0.113.5", "0.0.0.0/0"));
  CHECK_FALSE(address_in_list("203.0.113.5", "::/0"));
  CHECK(address_in_list("2001:db8::1", "2001:db8::/33"));
  CHECK_FALSE(address_in_list("2001:db8:8000::1", "2001:db8::/33"));
  for (const char* bad : {"", ",", "192.0.2.7,", "192.0.2.7/33", "192.0.2.7/", "192.0.2.7/-1",
                          "192.0.2.7/0x8", "!192.0.2.7", "localhost", "192.0.2.7 ,10.0.0.1"})
    CHECK_FALSE(address_in_list("192.0.2.7", bad));
  CHECK(single_address("::ffff:192.0.2.7") == "192.0.2.7/32");
  CHECK(single_address("2001:DB8:0::7") == "2001:db8::7/128");
  CHECK_FALSE(single_address("unix"));
}

TEST_CASE("Numbers of SSH are read in their shortest form only") {
  const auto positive = [](std::string_view bytes) {
    std::string packed;
    append_ssh_string(packed, bytes);
    SshReader reader(packed);
    reader.positive();
    return reader.ok();
  };
  CHECK(positive("\x01"));
  CHECK(positive(std::string_view("\0\x80", 2)));
  CHECK_FALSE(positive(""));
  CHECK_FALSE(positive(std::string_view("\0", 1)));
  CHECK_FALSE(positive(std::string_view("\0\x01", 2)));
  CHECK_FALSE(positive("\x80"));
}

}  // namespace
}  // namespace sallyport::identity
