// Megabytes per second of processor time of the masking engine over one corpus, by classifier and
// as a stream, beside RE2 pattern by pattern and memcpy; then of JSON read as such beside the same
// bytes read as plain text. Everything in turn, in one run; read the ratios.
//
//   mask_bench [MEGABYTES]
#include <fmt/format.h>
#include <re2/re2.h>

#include <cstring>
#include <ctime>
#include <functional>
#include <random>

#include "core/secrets/echo_guard.h"
#include "policy/mask/masking.h"
#include "policy/mask/stream.h"

using namespace sallyport;
using namespace sallyport::mask;

namespace {

constexpr unsigned kSeed = 20261123;
constexpr int kRounds = 5;

// Rows as of a PostgreSQL COPY and JSON objects; one cell in a thousand holds something personal.
class Corpus {
 public:
  std::string make(std::size_t bytes) {
    std::string out;
    out.reserve(bytes + 4'096);
    while (out.size() < bytes) {
      if (pick(2) == 0) {
        row(out);
      } else {
        object(out);
      }
    }
    return out;
  }

  // The answer of an API: a list of objects with numbers, nested objects, and a text with an escape
  // in one of four.
  std::string make_json(std::size_t bytes) {
    std::string out = "{\"items\":[";
    out.reserve(bytes + 4'096);
    while (out.size() < bytes) {
      if (out.back() != '[') out += ',';
      item(out);
    }
    return out + "],\"next\":null}";
  }

 private:
  std::uint32_t pick(std::uint32_t n) { return static_cast<std::uint32_t>(random_()) % n; }

  std::string word() {
    static constexpr std::string_view kWords[] = {
        "order",    "shipped", "pending",  "Berlin", "customer", "invoice",  "blue",  "warehouse",
        "delivery", "express", "standard", "east",   "Lisbon",   "returned", "gift",  "priority",
        "yellow",   "review",  "exchange", "weekly", "key",      "system",   "fixed", "extra"};
    return std::string(kWords[pick(std::size(kWords))]);
  }

  std::string words(std::uint32_t count) {
    std::string out = word();
    for (std::uint32_t i = 1; i < count; ++i) out += " " + word();
    return out;
  }

  std::string personal() {
    switch (pick(6)) {
      case 0:
        return "4111 1111 1111 1111";
      case 1:
        return fmt::format("{}-{}-{}", 100 + pick(500), 10 + pick(89), 1000 + pick(8999));
      case 2:
        return fmt::format("{}.{}@example.com", word(), pick(999));
      case 3:
        return fmt::format("+1 415 555 {}", 1000 + pick(8999));
      case 4:
        return "DE89 3704 0044 0532 0130 00";
      default:
        return fmt::format("10.{}.{}.{}", pick(255), pick(255), pick(255));
    }
  }

  std::string time() {
    return fmt::format("2026-{:02}-{:02} {:02}:{:02}:{:02}.{:06}", 1 + pick(12), 1 + pick(28),
                       pick(24), pick(60), pick(60), pick(1'000'000));
  }

  std::string cell(std::uint32_t kind) {
    if (pick(1'000) == 0) return personal();
    switch (kind % 8) {
      case 0:
        return std::to_string(pick(4'000'000));
      case 1:
        return words(2 + pick(8));
      case 2:
        return time();
      case 3:
        return fmt::format("{}.{:02}", pick(5'000), pick(100));
      case 4:
        return fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:08x}{:04x}", random_(), pick(65536),
                           pick(4096), pick(4096), random_(), pick(65536));
      case 5:
        return pick(2) == 0 ? "true" : "false";
      case 6:
        return word();
      default:
        return fmt::format("https://shop.example.com/{}/{}?page={}", word(), pick(100'000),
                           pick(9));
    }
  }

  void row(std::string& out) {
    for (std::uint32_t i = 0; i < 9; ++i) out += (i == 0 ? "" : "\t") + cell(i);
    out += '\n';
  }

  void object(std::string& out) {
    static constexpr std::string_view kNames[] = {"id",   "description", "created_at", "total",
                                                  "uuid", "active",      "status",     "link"};
    out += '{';
    for (std::uint32_t i = 0; i < 8; ++i)
      out += fmt::format("{}\"{}\":\"{}\"", i == 0 ? "" : ",", kNames[i], cell(i));
    out += "}\n";
  }

  void item(std::string& out) {
    static constexpr std::string_view kEscapes[] = {R"(\n)", R"(\")", R"(\u00e9)", R"(\/)"};
    const std::string text =
        pick(4) == 0 ? words(6) + std::string(kEscapes[pick(4)]) + words(3) : words(9);
    out += fmt::format(
        R"({{"id":{},"uuid":"{}","owner":{{"login":"{}","admin":{},"mail":"{}"}},"title":"{}",)"
        R"("body":"{}","created_at":"{}","total":{}.{:02},"tags":["{}","{}"],"url":"{}"}})",
        pick(4'000'000), cell(4), word(), pick(2) == 0, cell(6), words(4), text, cell(2),
        pick(5'000), pick(100), word(), word(), cell(7));
  }

  std::mt19937 random_{kSeed};
};

double megabytes_per_second(const std::string& corpus, const std::function<void()>& work) {
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::clock_t start = std::clock();
    work();
    const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    best = std::max(best, static_cast<double>(corpus.size()) / 1e6 / took);
  }
  return best;
}

void print(std::string_view what, double speed) {
  fmt::print("{:<34} {:>9.0f} MB/s\n", what, speed);
}

// What a first implementation of the same detectors would be.
constexpr const char* kPeers[] = {
    R"(\b(?:\d[ -]?){12,18}\d\b)",
    R"(\b\d{3}[- ]\d{2}[- ]\d{4}\b)",
    R"([A-Za-z0-9._%+'-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,})",
    R"(\+[1-9](?:[ .()-]{0,2}\d){7,14}\b|\(?[2-9]\d{2}\)?[ .-][2-9]\d{2}[ .-]\d{4}\b)",
    R"(\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b)",
    R"(\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b)",
    R"((?i)secret.{0,20}key.{0,5}[=:].{0,3}[A-Za-z0-9/+]{40}\b)",
    R"(\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)",
    R"(-----BEGIN [A-Z ]*PRIVATE KEY-----)",
    R"(\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b)",
    R"(\bxox[abprs]-[0-9A-Za-z-]{10,}|hooks\.slack\.com/services/T\w+/B\w+/\w+)",
    R"(\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b)",
};

std::size_t count_with_re2(const std::string& corpus,
                           const std::vector<std::unique_ptr<re2::RE2>>& patterns) {
  std::size_t hits = 0;
  for (std::size_t at = 0; at < corpus.size();) {
    const std::size_t end = std::min(corpus.find('\n', at), corpus.size());
    for (const auto& pattern : patterns) {
      re2::StringPiece line(corpus.data() + at, end - at);
      while (re2::RE2::FindAndConsume(&line, *pattern)) ++hits;
    }
    at = end + 1;
  }
  return hits;
}

Masker masker_with(Classifier classifier) {
  Settings settings;
  settings.classifier = classifier;
  auto masker = Masker::make(std::move(settings));
  if (!masker) std::abort();
  return std::move(*masker);
}

double scan_speed(const std::string& corpus, Classifier classifier, std::size_t& hits) {
  const Scanner scanner(DetectorSet::all(), classifier);
  return megabytes_per_second(corpus, [&] {
    Findings findings;
    scanner.scan(corpus, 0, true, findings);
    hits = findings.hits.size();
  });
}

double masking_speed(const std::string& corpus, const Masking& masking, TextFormat format) {
  constexpr std::size_t kPiece = 16'384;
  return megabytes_per_second(corpus, [&] {
    const std::unique_ptr<MaskStream> stream = masking.open(format);
    std::string out;
    for (std::size_t at = 0; at < corpus.size(); at += kPiece) {
      out.clear();
      stream->feed(std::string_view(corpus).substr(at, kPiece), out);
    }
    stream->finish(out);
  });
}

void compare_formats(std::size_t bytes) {
  const std::string corpus = Corpus().make_json(bytes);
  const auto detectors = make_masking(masker_with(best_classifier()));
  const auto pointers =
      make_masking(masker_with(best_classifier()), {{"/items/*/owner/mail", MaskStyle::kRedact}});
  if (!pointers) std::abort();
  const double plain = masking_speed(corpus, *detectors, TextFormat::kPlain);
  const double json = masking_speed(corpus, *detectors, TextFormat::kJson);
  const double places = masking_speed(corpus, **pointers, TextFormat::kJson);
  print("JSON as plain text", plain);
  print("JSON as JSON", json);
  print("JSON as JSON, with a pointer", places);
  fmt::print("JSON / plain: {:.2f}, with a pointer: {:.2f}\n", json / plain, places / plain);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t megabytes = argc > 1 ? std::stoul(argv[1]) : 100;
  const std::string corpus = Corpus().make(megabytes * 1'000'000);
  fmt::print("corpus of {} bytes\n", corpus.size());
  std::string copy(corpus.size(), '\0');
  print("memcpy", megabytes_per_second(
                      corpus, [&] { std::memcpy(copy.data(), corpus.data(), corpus.size()); }));
  std::size_t hits = 0;
  double best = 0;
  for (const auto& [name, classifier] :
       {std::pair{"AVX2", avx2_classifier()}, std::pair{"SSE2", sse2_classifier()},
        std::pair{"scalar", Classifier{classify_scalar}}}) {
    if (classifier == nullptr) continue;
    const double speed = scan_speed(corpus, classifier, hits);
    best = std::max(best, speed);
    print(fmt::format("scan, {} ({} hits)", name, hits), speed);
  }
  const Masker masker = masker_with(best_classifier());
  for (std::size_t piece : {std::size_t{1'000}, std::size_t{16'384}, std::size_t{1'000'000}})
    print(fmt::format("stream masker, pieces of {}", piece), megabytes_per_second(corpus, [&] {
            StreamMasker stream(masker);
            std::string out;
            for (std::size_t at = 0; at < corpus.size(); at += piece) {
              out.clear();
              stream.feed(std::string_view(corpus).substr(at, piece), out);
            }
            stream.finish(out);
          }));
  const auto guard = sallyport::secrets::make_echo_guard("sk-orders-4f9a1c77e2b05d68");
  print("echo guard, pieces of 16384", megabytes_per_second(corpus, [&] {
          const auto stream = guard->open(sallyport::TextFormat::kPlain);
          std::string out;
          for (std::size_t at = 0; at < corpus.size(); at += 16'384) {
            out.clear();
            stream->feed(std::string_view(corpus).substr(at, 16'384), out);
          }
          stream->finish(out);
        }));
  std::vector<std::unique_ptr<re2::RE2>> patterns;
  for (const char* pattern : kPeers) patterns.push_back(std::make_unique<re2::RE2>(pattern));
  const std::string part = corpus.substr(0, corpus.size() / 10);
  const double peer = megabytes_per_second(part, [&] { hits = count_with_re2(part, patterns); });
  print(fmt::format("RE2 pattern by pattern ({} hits)", hits), peer);
  fmt::print("scan / RE2: {:.1f}\n", best / peer);
  compare_formats(megabytes * 1'000'000);
  return 0;
}
