#include "tests/mask/cases.h"

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

}  // namespace sallyport::mask::testing
