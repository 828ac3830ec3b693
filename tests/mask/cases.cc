#include "tests/mask/cases.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "policy/mask/stream.h"

namespace sallyport::mask::testing {
namespace {

// Where each code point begins, and the end.
std::vector<std::size_t> code_points(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) starts.push_back(i);
  starts.push_back(text.size());
  return starts;
}

}  // namespace

std::vector<Case> read_cases(const std::string& path) {
  std::vector<Case> cases;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const nlohmann::json json = nlohmann::json::parse(line);
    Case out;
    out.id = json.value("id", json.value("source", json.value("rule", "")));
    out.text = json["text"];
    const std::vector<std::size_t> at = code_points(out.text);
    if (json.contains("entities"))
      for (const auto& entity : json["entities"])
        out.entities.push_back({entity["type"], at.at(entity["start"]), at.at(entity["end"])});
    if (json.contains("cuts"))
      for (std::size_t cut : json["cuts"]) out.cuts.push_back(at.at(cut));
    cases.push_back(std::move(out));
  }
  return cases;
}

std::string shared_vectors(const std::string& file) {
  const char* configured = std::getenv("SALLYPORT_VECTORS");
  return configured != nullptr ? fmt::format("{}/{}", configured, file)
                               : fmt::format("{}/../shared/vectors/{}", SALLYPORT_SOURCE_DIR, file);
}

std::string decode_base64(const std::string& text) {
  std::string out(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) throw std::runtime_error("not base64: " + text);
  const auto padding = std::count(text.begin(), text.end(), '=');
  out.resize(static_cast<std::size_t>(size - padding));
  return out;
}

std::vector<Labelled> labelled(const Masker& masker, const std::vector<Entity>& hits) {
  std::vector<Labelled> out;
  for (const Entity& hit : hits)
    out.push_back({std::string(masker.label(hit.type)), hit.start, hit.end});
  return out;
}

Masker make_masker(Settings settings) {
  auto masker = Masker::make(std::move(settings));
  if (!masker) throw std::runtime_error(masker.error().detail);
  return std::move(*masker);
}

Streamed stream(const Masker& masker, std::string_view text, const std::vector<std::size_t>& cuts) {
  Streamed out;
  StreamMasker stream(masker);
  std::size_t done = 0;
  for (std::size_t cut : cuts) {
    stream.feed(text.substr(done, cut - done), out.out);
    out.settled.push_back(stream.settled());
    done = cut;
  }
  stream.feed(text.substr(done), out.out);
  stream.finish(out.out);
  out.hits = std::move(stream.hits());
  return out;
}

Streamed stream(const Masker& masker, std::string_view text, std::size_t length) {
  std::vector<std::size_t> cuts;
  for (std::size_t at = length; at < text.size(); at += length) cuts.push_back(at);
  return stream(masker, text, cuts);
}

std::string in_every_cut(const Masking& masking, TextFormat format, const std::string& text,
                         std::uint64_t* masked) {
  std::uint64_t count = 0;
  const std::string whole = masking.apply(text, format, &count);
  const auto same = [&](const std::vector<std::size_t>& cuts) {
    const std::unique_ptr<MaskStream> stream = masking.open(format);
    std::string out;
    std::size_t done = 0;
    for (std::size_t cut : cuts) {
      stream->feed(std::string_view(text).substr(done, cut - done), out);
      done = cut;
    }
    stream->feed(std::string_view(text).substr(done), out);
    stream->finish(out);
    if (out != whole || stream->masked() != count)
      throw std::runtime_error("cut at " + std::to_string(cuts.empty() ? 0 : cuts[0]) + " of " +
                               std::to_string(cuts.size()) + " it gives " + out + ", not " + whole);
  };
  std::vector<std::size_t> bytes;
  for (std::size_t at = 1; at < text.size(); ++at) {
    bytes.push_back(at);
    same({at});
  }
  same(bytes);
  if (masked != nullptr) *masked = count;
  return whole;
}

}  // namespace sallyport::mask::testing
