// Reads the value of a secret for a command: from a file, or from standard input. A line end at its
// end is not part of it. On a terminal the value is not echoed and asked for twice. Blocking.
#pragma once

#include <string>

#include "core/config/secret.h"
#include "tools/cli/command.h"

namespace sallyport::cli {

// `file` empty: standard input. kInvalid: empty, not the same twice, cancelled, or not readable;
// kLimit: larger than 64 KiB. The detail never repeats the value.
Result<config::SecretBytes> read_secret_value(Io& io, const std::string& file);

}  // namespace sallyport::cli
