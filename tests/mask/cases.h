// Labelled texts: JSON lines {"text","entities":[{"type","start","end"}],"cuts"?}, in code points.
#pragma once

#include <string>
#include <vector>

#include "core/masking.h"
#include "policy/mask/masker.h"

namespace sallyport::mask::testing {

struct Labelled {
  std::string type;
  std::size_t start = 0;  // bytes
  std::size_t end = 0;
  bool operator==(const Labelled&) const = default;
};

struct Case {
  std::string id;
  std::string text;
  std::vector<Labelled> entities;
  std::vector<std::size_t> cuts;  // bytes
};

// Empty when the file is not there.
std::vector<Case> read_cases(const std::string& path);

// Where a file of test vectors of others is, if it is: below $SALLYPORT_VECTORS, or beside the
// source.
std::string shared_vectors(const std::string& file);

std::string decode_base64(const std::string& text);

std::vector<Labelled> labelled(const Masker& masker, const std::vector<Entity>& hits);

// A masker of all detectors; throws when the settings are wrong.
Masker make_masker(Settings settings = {});

// What a stream gives that is cut at these bytes.
struct Streamed {
  std::string out;
  std::vector<Entity> hits;
  std::vector<std::size_t> settled;  // after each piece but the last
};
Streamed stream(const Masker& masker, std::string_view text, const std::vector<std::size_t>& cuts);
// The same, cut into pieces of one length.
Streamed stream(const Masker& masker, std::string_view text, std::size_t length);

// What becomes of a text, which is the same for every place to cut it in two and when it comes byte
// by byte; throws when it is not. `masked` gets the number of values masked.
std::string in_every_cut(const Masking& masking, TextFormat format, const std::string& text,
                         std::uint64_t* masked = nullptr);

}  // namespace sallyport::mask::testing
