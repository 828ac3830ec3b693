# What every chapter of the tour is written with: show a command, run it, hold its output against what is
# promised. Sourced by tools/demo.

bold=$(tput bold 2>/dev/null || true) plain=$(tput sgr0 2>/dev/null || true)
failures=0
steps=0
children=()
out=''

say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
# A numbered step of the tour.
step() { say "$((++steps)). $*"; }

# Shows a command as a reader would type it, runs it, keeps what it printed.
try() {
  printf '$ %s\n' "$1"
  if out=$(eval "$1" 2>&1); then status=0; else status=$?; fi
  sed 's/^/    /' <<<"$out"
}

expect() {
  if grep -qE -- "$1" <<<"$out"; then
    printf '  ok: %s\n' "$2"
  else
    printf '  DIFFERS: %s (looked for: %s)\n' "$2" "$1"
    failures=$((failures + 1))
  fi
}

expect_not() {
  if grep -qE -- "$1" <<<"$out"; then
    printf '  DIFFERS: %s (found: %s)\n' "$2" "$1"
    failures=$((failures + 1))
  else
    printf '  ok: %s\n' "$2"
  fi
}

expect_status() {
  if ((status == $1)); then
    printf '  ok: %s\n' "$2"
  else
    printf '  DIFFERS: %s (exit status %s)\n' "$2" "$status"
    failures=$((failures + 1))
  fi
}

stop_children() {
  local pid
  for pid in ${children[@]+"${children[@]}"}; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  [[ -z ${pg_folder:-} ]] || rm -rf "$pg_folder"
}
trap stop_children EXIT
trap 'exit 130' INT TERM

# The port asked for when it is free, else another.
port_like() {
  python3 - "$1" <<'PYTHON'
import socket
import sys

for port in (int(sys.argv[1]), 0):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(probe.getsockname()[1])
        break
PYTHON
}

# Runs a command until it succeeds, for at most 15 seconds.
wait_until() {
  local tries
  for ((tries = 0; tries < 150; tries++)); do
    eval "$1" >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "tools/demo: waited in vain: $1" >&2
  return 1
}

wait_for() { wait_until "curl -s -o /dev/null '$1'"; }
