// Opens the audit store for commands that only read: `--store URL`, or the one that `--config FILE`
// names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/reader.h"
#include "tools/cli/command.h"

namespace sallyport::commands {

// --store, --config and --key-file, as the commands that read declare them.
std::vector<cli::Option> store_options();

enum class KeyUse {
  kNone,
  kWhenReadable,  // without it payloads stay closed
  kRequired,
};

// An error's detail names the file and what to do.
Result<std::unique_ptr<storage::StoreReader>> open_reader(const cli::Arguments& arguments,
                                                          KeyUse key);

// "sqlite:PATH" as a path.
Result<std::string> sqlite_path(const std::string& url);

// The exit status for a reader's error: what is not there or does not hold is 1, the rest 2.
int status_of(const Error& error);

// --from, --to and --limit read into a query; an error names the option.
template <class Query>
Result<void> read_range(const cli::Arguments& arguments, Query& query);

}  // namespace sallyport::commands
