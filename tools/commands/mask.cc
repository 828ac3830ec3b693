// `mask`: the masking engine as a filter. It needs no broker and no configuration.
#include <fmt/format.h>

#include <array>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/json_writer.h"
#include "policy/mask/masking.h"
#include "policy/mask/stream.h"
#include "tools/commands/commands.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;

// Bytes read at once; whatever is there is masked without waiting for more.
constexpr std::size_t kPieceBytes = 64 << 10;

int usage(Io& io, std::string_view what) {
  return cli::fail(io, cli::kUsage, fmt::format("mask: {}", what));
}

std::string detector_names() {
  std::string names;
  for (std::size_t i = 0; i < mask::kDetectors; ++i)
    names += fmt::format("{} ", mask::name_of(static_cast<mask::Detector>(i)));
  return names + "all none";
}

Result<mask::DetectorSet> read_detectors(const std::vector<std::string>& lists) {
  if (lists.empty()) return mask::DetectorSet::all();
  mask::DetectorSet set;
  for (const std::string& list : lists) {
    for (std::size_t at = 0; at <= list.size();) {
      const std::size_t end = std::min(list.find(',', at), list.size());
      const std::string name = list.substr(at, end - at);
      if (name == "all") {
        set = mask::DetectorSet::all();
      } else if (auto detector = mask::detector_named(name)) {
        set.add(*detector);
      } else if (name != "none") {
        return Error{ErrorCode::kInvalid,
                     fmt::format("--detect: there is no detector '{}'; there are {}", name,
                                 detector_names())};
      }
      at = end + 1;
    }
  }
  return set;
}

Result<mask::NamedPattern> read_pattern(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos)
    return Error{ErrorCode::kInvalid,
                 fmt::format("--pattern: '{}' is not NAME=RE2, as in badge=B-[0-9]{{6}}", text)};
  return mask::NamedPattern{text.substr(0, equals), text.substr(equals + 1), {}};
}

Result<mask::Masker> make_masker(const Arguments& arguments) {
  mask::Settings settings;
  auto detectors = read_detectors(arguments.all("detect"));
  if (!detectors) return detectors.error();
  settings.detectors = *detectors;
  const MaskStyle style = *mask::style_named(arguments.text("with", "redact"));
  for (const std::string& text : arguments.all("pattern")) {
    auto pattern = read_pattern(text);
    if (!pattern) return pattern.error();
    pattern->style = style;
    settings.patterns.push_back(std::move(*pattern));
  }
  settings.styles = mask::Settings::all_in(style);
  const bool hash = style == MaskStyle::kHash;
  if (hash != arguments.has("key-file"))
    return Error{ErrorCode::kInvalid,
                 hash ? "--with hash needs --key-file FILE: the same key gives the same tokens"
                      : "--key-file is the key of --with hash"};
  if (hash) {
    const std::string path = arguments.text("key-file");
    auto key = config::read_secret_file(path);
    if (!key)
      return Error{key.error().code, fmt::format("--key-file: {}: {}", path, key.error().detail)};
    settings.key = std::move(*key);
  }
  return mask::Masker::make(std::move(settings));
}

TextFormat format_named(const std::string& name) {
  if (name == "json") return TextFormat::kJson;
  if (name == "form") return TextFormat::kForm;
  return name == "events" ? TextFormat::kEventStream : TextFormat::kPlain;
}

int filter(const Masking& masking, TextFormat format, Io& io) {
  const std::unique_ptr<MaskStream> stream = masking.open(format);
  std::string piece(kPieceBytes, '\0');
  std::string out;
  while (io.in.peek() != std::istream::traits_type::eof()) {
    const std::streamsize size =
        io.in.readsome(piece.data(), static_cast<std::streamsize>(piece.size()));
    out.clear();
    stream->feed(std::string_view(piece).substr(0, static_cast<std::size_t>(size)), out);
    if (!out.empty()) io.out << out << std::flush;
    if (!io.out) break;
  }
  out.clear();
  stream->finish(out);
  io.out << out << std::flush;
  return io.out ? cli::kDone : cli::fail(io, cli::kDoesNotHold, "mask: cannot write the output");
}

struct Line {
  std::string id = "null";  // as JSON
  std::string text;
  std::vector<std::size_t> cuts;  // bytes
};

// Where each code point of UTF-8 begins, and the end.
std::vector<std::size_t> code_points(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) starts.push_back(i);
  starts.push_back(text.size());
  return starts;
}

Result<Line> read_line(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  auto bad = [](std::string what) { return Error{ErrorCode::kMalformed, std::move(what)}; };
  if (!json.is_object()) return bad("not a JSON object");
  Line line;
  if (json.contains("id")) line.id = json["id"].dump();
  if (!json.contains("text") || !json["text"].is_string())
    return bad("'text' is missing or not a string");
  line.text = json["text"].get<std::string>();
  if (!json.contains("cuts") || json["cuts"].is_null()) return line;
  const auto wrong = bad("'cuts' is a list of places in the text, in code points, in order");
  if (!json["cuts"].is_array()) return wrong;
  const std::vector<std::size_t> starts = code_points(line.text);
  std::size_t last = 0;
  for (const auto& cut : json["cuts"]) {
    if (!cut.is_number_unsigned()) return wrong;
    const auto at = cut.get<std::size_t>();
    if (at < last || at >= starts.size()) return wrong;
    line.cuts.push_back(starts[at]);
    last = at;
  }
  return line;
}

std::string answer(const mask::Masker& masker, const Line& line) {
  mask::StreamMasker stream(masker);
  std::string masked;
  std::size_t done = 0;
  for (std::size_t cut : line.cuts) {
    stream.feed(std::string_view(line.text).substr(done, cut - done), masked);
    done = cut;
  }
  stream.feed(std::string_view(line.text).substr(done), masked);
  stream.finish(masked);
  const std::vector<std::size_t> starts = code_points(line.text);
  auto code_point = [&starts](std::size_t at) {
    return static_cast<std::uint64_t>(std::lower_bound(starts.begin(), starts.end(), at) -
                                      starts.begin());
  };
  std::string out;
  JsonWriter json(out);
  json.begin_object().raw("id", line.id).text("text", masked).begin_array("entities");
  for (const mask::Entity& hit : stream.hits())
    json.begin_object()
        .text("type", masker.label(hit.type))
        .number("start", code_point(hit.start))
        .number("end", code_point(hit.end))
        .end_object();
  json.end_array().end_object();
  return out;
}

int filter_lines(const mask::Masker& masker, Io& io) {
  std::string text;
  for (std::size_t number = 1; std::getline(io.in, text); ++number) {
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto line = read_line(text);
    if (!line) return usage(io, fmt::format("line {}: {}", number, line.error().detail));
    io.out << answer(masker, *line) << '\n';
  }
  io.out << std::flush;
  return io.out ? cli::kDone : cli::fail(io, cli::kDoesNotHold, "mask: cannot write the output");
}

int run_mask(const Arguments& arguments, Io& io) {
  auto masker = make_masker(arguments);
  if (!masker) return usage(io, masker.error().detail);
  if (arguments.has("lines")) {
    if (arguments.has("format") || arguments.has("pointer"))
      return usage(io, "--lines reads texts without --format and --pointer");
    return filter_lines(*masker, io);
  }
  const TextFormat format = format_named(arguments.text("format", "plain"));
  const MaskStyle style = *mask::style_named(arguments.text("with", "redact"));
  std::vector<mask::Pointer> pointers;
  for (const std::string& text : arguments.all("pointer")) pointers.push_back({text, style});
  auto masking = mask::make_masking(std::move(*masker), pointers);
  if (!masking) return usage(io, fmt::format("--pointer: {}", masking.error().detail));
  if (!(*masking)->covers(format))
    return usage(io, "--pointer needs --format json or --format events");
  return filter(**masking, format, io);
}

}  // namespace

std::vector<cli::Command> mask_commands() {
  return {
      {"mask",
       "Mask personal data and secrets on the way from standard input to standard output",
       "The engine that masks answers and the audit store, as a filter. With --lines each line is "
       "{\"id\",\"text\",\"cuts\"?} and gives {\"id\",\"text\",\"entities\":[{\"type\",\"start\","
       "\"end\"}]}: the text masked, and what was found in the text given, in code points, the end "
       "not included. The text is taken in pieces cut at 'cuts', which changes nothing.",
       {},
       {{"detect", "NAME,...", "what to look for: " + detector_names() + "; all when absent", false,
         true},
        {"pattern", "NAME=RE2", "a pattern of your own, matched within a line", false, true},
        {"format",
         "NAME",
         "how the text is read: json (also several texts in a row), form (URL-encoded pairs) or "
         "events (text/event-stream), with escapes decoded and written again; plain when absent",
         false,
         false,
         {"plain", "json", "form", "events"}},
        {"pointer", "POINTER",
         "mask what is there in JSON whatever it looks like, such as /customers/*/salary", false,
         true},
        {"with",
         "HOW",
         "redact: ****; partial: **** and the last four characters; hash: the same token for the "
         "same value; redact when absent",
         false,
         false,
         {"redact", "partial", "hash"}},
        {"key-file", "FILE", "the key of hash, which only you can read"},
        {"lines", "", "read JSON lines and print JSON lines"}},
       "sallyport mask --detect card,email --pattern 'badge=B-[0-9]{6}' < app.log",
       run_mask},
  };
}

}  // namespace sallyport::commands
