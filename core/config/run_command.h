// Runs a program that prints a secret: the reference `exec:/path argument …`. No shell: the words
// are the arguments. The program gets PATH and nothing else of our environment, no standard input,
// and no descriptor but its output; what it writes to standard error is dropped. Blocking; never on
// an I/O thread. Thread-safe.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/config/secret.h"

namespace sallyport::config {

// What it wrote, without a line end at its end. The program and everything it started in its group
// are killed at the deadline, and when it has written more than 64 KiB. kNotFound: cannot be run;
// kTimeout; kLimit: too much; kUnavailable: its exit status is not 0; kInvalid: it wrote nothing.
// The detail never repeats what it wrote.
Result<SecretBytes> run_secret_command(const std::vector<std::string>& words,
                                       std::chrono::milliseconds deadline);

}  // namespace sallyport::config
