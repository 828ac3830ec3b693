#!/usr/bin/env bash
# Holds the #include lines against the arrows of docs/ARCHITECTURE.md and fails on one that points the wrong
# way. Also keeps the pure files free of sockets, the database and the log.
#
#   tools/check_arrows.sh [ROOT]
set -euo pipefail

root=${1:-$(dirname "$0")/..}
cd "$root"

awk_program='
# The part of the tree a path belongs to; a protocol is a part of its own.
function part(path, pieces) {
  split(path, pieces, "/")
  return pieces[1] == "protocols" ? pieces[1] "/" pieces[2] : pieces[1]
}
function is_ours(path) { return path ~ /^(core|policy|storage|protocols|tools|tests)\// }
function is_pure(path) {
  return path ~ /\/(decoder|encoder|path|facts|framing)[a-z_]*\.(h|cc)$/ || path ~ /^policy\// ||
         path ~ /^storage\/(merkle|leaf)[a-z_]*\.(h|cc)$/
}
function wrong(message) {
  printf "%s:%d: %s\n", FILENAME, FNR, message
  failures++
}
FNR == 1 { files++ }
/^[ \t]*#[ \t]*include[ \t]*["<]/ {
  match($0, /["<][^">]*[">]/)
  included = substr($0, RSTART + 1, RLENGTH - 2)
  from = part(FILENAME)
  if (is_ours(included)) {
    to = part(included)
    if (from != to && from != "tools" && from != "tests" && to != "core")
      wrong("\"" included "\": " from " may include only core and itself")
    if (from == "core" && to != "core") wrong("\"" included "\": core includes nothing of ours")
    if (to == "tests" && from != "tests") wrong("\"" included "\": only tests include tests")
  }
  if (is_pure(FILENAME) &&
      included ~ /^(asio|sqlite3|spdlog|curl\/|sys\/socket|netinet\/|arpa\/|unistd|fstream|systemd\/|core\/log\/|core\/net\/)/)
    wrong("\"" included "\": a pure file has no socket, clock, file, database or log")
}
END {
  if (files == 0) { print "check_arrows: found no files"; exit 1 }
  printf "check_arrows: %d files, %d wrong arrows\n", files, failures
  exit failures > 0
}'

mapfile -d '' files < <(find core policy storage protocols tools tests \
  \( -name '*.h' -o -name '*.cc' \) -print0 | sort -z)
awk "$awk_program" "${files[@]}"
