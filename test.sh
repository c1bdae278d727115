#!/usr/bin/env bash
# Builds everything and runs every test. The last line of output is always "N passed, N failed, N skipped".
# Works with bash 3.2 and later; see --help.

set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 2
root=$PWD

usage() {
  cat <<'TEXT'
usage: ./test.sh [--only-present] [--soak]

Builds the solution (warnings are errors), checks white space, and runs every test project under tests/, the tests of
the JavaScript client and the browser tests. As root on Debian it installs the programs that are missing; elsewhere it names them and stops.

  --only-present  run what can be run with the programs at hand; the rest is skipped by name
  --soak          run the long form of the soak tests too (about an hour); the same as GODWIT_SOAK=1
  --help          show this text

With CI=true in the environment a skipped test counts as failed. Exit code 0: nothing failed; 1: something did;
2: wrong usage.
TEXT
}

only_present=false
for argument; do
  case $argument in
    --only-present) only_present=true ;;
    --soak) export GODWIT_SOAK=1 ;;
    --help | -h) usage; exit 0 ;;
    *) echo "test.sh: unknown option '$argument'" >&2; usage >&2; exit 2 ;;
  esac
done

# Limits that only something that hangs reaches, in seconds.
build_limit=1200
install_limit=600
suite_limit=2400
[ -n "${GODWIT_SOAK:-}" ] && suite_limit=7200

passed=0 failed=0 skipped=0
failures=()
results=$root/artifacts/test-results
running=

heading() { printf '\n== %s\n' "$*"; }
fail() { failed=$((failed + 1)); failures+=("$*"); echo "FAILED: $*"; }
skip() { skipped=$((skipped + 1)); echo "skipped: $*"; }

# What failed once more, at the end, where it is found: the tests with what they said, and what is not of a test.
recall() {
  [ "$failed" -gt 0 ] || return
  heading "Failed"
  [ "${#failures[@]}" -gt 0 ] && printf '%s\n' "${failures[@]}"
  for result in "$results"/*.xml; do
    [ -f "$result" ] && awk -v suite="$(basename "$result" .xml)" '
      { all = all $0 "\n" }
      END {
        count = split(all, tests, /<test /)
        for (i = 2; i <= count; i++) {
          if (tests[i] !~ /^[^>]*result="Fail"/) continue
          match(tests[i], / name="[^"]*"/)
          name = substr(tests[i], RSTART + 7, RLENGTH - 8)
          said = tests[i]; sub(/<\/failure>.*/, "", said); sub(/^[^>]*><failure[^>]*>/, "", said); gsub(/<!\[CDATA\[|\]\]>|<[a-z\/-]*>/, "\n", said); gsub(/\n\n+/, "\n", said)
          print suite ": " name "\n" substr(said, 1, 1500)
        }
      }' "$result"
  done
  for result in "$results"/*.log; do
    [ -f "$result" ] && sed -n '/^✖ failing tests:/,$p' "$result" | head -n 80
  done
}

finish() {
  if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
    printf '\nCI=true: a skipped test counts as failed (%s).\n' "$skipped"
    failed=$((failed + skipped)) skipped=0
  fi
  recall
  printf '\n%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" -eq 0 ]
  exit
}

interrupted() {
  [ -n "$running" ] && kill -TERM "$running" 2>/dev/null && wait "$running" 2>/dev/null
  fail "interrupted"
  finish
}
trap interrupted INT TERM

have() { command -v "$1" >/dev/null 2>&1; }

# A shell starts what it runs in the background with SIGINT ignored, and so would be every server that a test stops by it.
if env --default-signal=INT true 2>/dev/null; then
  heeding_signals=(env --default-signal=INT,QUIT)
else
  heeding_signals=(env)
  set -m
fi

# Runs a command for at most so many seconds. timeout(1) gives it a process group of its own and ends all of it; without
# timeout, which only --only-present allows, there is no limit.
limited() {
  local limit=$1
  shift
  if have timeout; then
    timeout --kill-after=15 "$limit" "${heeding_signals[@]}" "$@" &
  else
    "${heeding_signals[@]}" "$@" &
  fi
  running=$!
  wait "$running"
  local code=$?
  running=
  return "$code"
}

# --- What the tests need -------------------------------------------------------------------------------------------

missing_packages=()
missing_programs=()

# need PACKAGE PROGRAM...: any one of the programs will do.
need() {
  local package=$1 program
  shift
  for program; do
    have "$program" && return 0
  done
  missing_packages+=("$package")
  missing_programs+=("$1")
  return 1
}

find_missing() {
  missing_packages=() missing_programs=()
  need coreutils timeout
  need curl curl
  need nginx-light nginx
  need haproxy haproxy
  # A network is cut by a firewall in a namespace of the tests' own, which only root can make.
  if [ "$(id -u)" -eq 0 ]; then
    need iproute2 ip
    need nftables nft
  fi
  if [ -f clients/js/package.json ] || [ -f tests/browser/package.json ]; then
    need nodejs node
    need npm npm
  fi
  if [ -f tests/browser/package.json ]; then
    need chromium chromium chromium-browser google-chrome
    grep -qrli --include='*.js' --include='*.mjs' --exclude-dir=node_modules firefox tests/browser && need firefox-esr firefox-esr firefox
  fi
  # The floor that the bench compares with is a C program, and so are the disk that fails and the clocks that are set.
  if [ -n "$(find bench src tests -name node_modules -prune -o -name '*.c' -print -quit 2>/dev/null)" ]; then
    need gcc gcc cc
    if ! echo '#include <stdio.h>' | "$(command -v gcc || command -v cc || echo false)" -E - >/dev/null 2>&1; then
      missing_packages+=(libc6-dev) missing_programs+=("C headers")
    fi
  fi
  # So is nchan, which is a module of nginx.
  if [ ! -e /usr/lib/nginx/modules/ngx_nchan_module.so ] && [ ! -e /usr/lib64/nginx/modules/ngx_nchan_module.so ]; then
    missing_packages+=(libnginx-mod-nchan) missing_programs+=("nginx's module nchan")
  fi
  if [ -f bench/peers/package.json ]; then
    need nodejs node
    need npm npm
  fi
  need redis-server redis-server
  [ "${#missing_packages[@]}" -eq 0 ]
}

is_debian() { [ -r /etc/os-release ] && (. /etc/os-release && [ "$ID" = debian ]); }

provide_programs() {
  find_missing && return
  heading "Missing: ${missing_programs[*]}"
  if $only_present; then
    return
  fi
  if [ "$(id -u)" -eq 0 ] && is_debian; then
    # RUNLEVEL: a server among the packages is not started for it.
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    apt-get update && apt-get install -y --no-install-recommends "${missing_packages[@]}"
    find_missing && return
    fail "could not install: ${missing_programs[*]}"
  else
    fail "programs are missing. On Debian: sudo apt-get update && sudo apt-get install -y ${missing_packages[*]}"
    echo "Or run ./test.sh --only-present, which skips the tests that need them."
  fi
  finish
}

provide_sdk() {
  # dotnet reads global.json here, so this fails too when only an older SDK is there.
  if ! have dotnet || ! dotnet --version >/dev/null 2>&1; then
    fail "the .NET SDK 10 is missing; it is at https://dotnet.microsoft.com/download/dotnet/10.0"
    finish
  fi
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
  # Programs that the tests start find the runtime by this, wherever dotnet is installed.
  if [ -z "${DOTNET_ROOT:-}" ]; then
    local real
    real=$(readlink -f "$(command -v dotnet)") && DOTNET_ROOT=$(dirname "$real") && export DOTNET_ROOT
  fi
}

# --- Suites --------------------------------------------------------------------------------------------------------

# attribute NAME FILE: the number in an attribute of the one <assembly> of an xUnit result file.
attribute() { sed -n "s/.*<assembly [^>]* $1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n 1; }

# account NAME CODE PASSED FAILED SKIPPED: adds up a suite; a suite that ends badly or runs nothing never counts as passed.
account() {
  local name=$1 code=$2 p=$3 f=$4 s=$5
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  echo "$name: $p passed, $f failed, $s skipped"
  if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
    fail "$name did not end within $suite_limit s"
  elif [ "$code" -ne 0 ] && [ "$f" -eq 0 ]; then
    fail "$name ended with code $code"
  elif [ $((p + f + s)) -eq 0 ]; then
    fail "$name has no tests"
  fi
}

# run_dotnet_suite PROJECT [LABEL ARGUMENT...]: runs a test project, or some of it under another label.
run_dotnet_suite() {
  local program=$root/artifacts/bin/$1/release/$1.dll name=${2:-$1} code p=0 f=0 s=0
  local result=$results/${name// /-}.xml
  shift $(($# > 1 ? 2 : 1))
  heading "$name"
  if [ ! -f "$program" ]; then
    fail "$name was not built; is it in Godwit.slnx?"
    return
  fi
  limited "$suite_limit" dotnet "$program" -noLogo -noColor -reporter quiet -longRunning 120 -result-xml "$result" "$@"
  code=$?
  if [ -f "$result" ]; then
    p=$(attribute passed "$result") f=$(attribute failed "$result") s=$(attribute skipped "$result")
    f=$((${f:-0} + $(attribute errors "$result")))
  fi
  account "$name" "$code" "${p:-0}" "$f" "${s:-0}"
}

# node_count WORD FILE: the number in the last line of a word and a number, as Node's test runner ends its report with.
node_count() { sed -n "s/^[^ ]* $1 \([0-9][0-9]*\)$/\1/p" "$2" | tail -n 1; }

# run_node_suite FOLDER PROGRAMS OPTION...: the tests of a package that Node.js runs, unless one of the programs is missing.
run_node_suite() {
  local name=$1 programs=" $2 " result=$results/${1//\//-}.log code=0 p=0 f=0 s=0 program
  shift 2
  [ -f "$name/package.json" ] || return
  heading "$name"
  for program in ${missing_programs[@]+"${missing_programs[@]}"}; do
    case $programs in
      *" $program "*) skip "$name ($program is missing)"; return ;;
    esac
  done
  cd "$name" || return
  if limited "$install_limit" npm ci --no-audit --no-fund --loglevel=error; then
    # Counted by what is printed, which is whole also when the runner is made to exit; a report in a file is not.
    limited "$suite_limit" node "$@" --test --test-reporter=spec $(find . -maxdepth 2 -name '*.test.js' -not -path '*/node_modules/*') >"$result" 2>&1
    code=$?
    cat "$result"
  else
    fail "$name: npm ci ended with code $?"
    cd "$root" && return
  fi
  cd "$root" || return
  if [ -f "$result" ]; then
    p=$(node_count pass "$result") f=$(node_count fail "$result") s=$(node_count skipped "$result")
    f=$((${f:-0} + $(node_count cancelled "$result" | grep . || echo 0)))
    s=$((${s:-0} + $(node_count todo "$result" | grep . || echo 0)))
  fi
  account "$name" "$code" "${p:-0}" "$f" "$s"
}

# --- The run -------------------------------------------------------------------------------------------------------

provide_sdk
provide_programs
rm -rf "$results" && mkdir -p "$results"

heading "Build"
# No build node outlives the build: it would keep the output of this script open.
if ! limited "$build_limit" dotnet build Godwit.slnx -c Release -nodeReuse:false -v minimal; then
  fail "the solution does not build"
  finish
fi

heading "White space"
if limited "$build_limit" dotnet format whitespace Godwit.slnx --verify-no-changes --no-restore; then
  passed=$((passed + 1))
else
  fail "run: dotnet format whitespace Godwit.slnx"
fi

# What the bench measures Godwit beside; without it the tests of the bench skip those systems by name.
if [ -x bench/install-peers ]; then
  heading "Peers of the bench"
  if ! limited "$install_limit" bench/install-peers && ! $only_present; then
    fail "bench/install-peers"
  fi
fi

# Another implementation of SCTP, with which the tests of data channels speak.
if [ -f tests/Godwit.WebRtc.Tests/Interop/werift/package.json ]; then
  heading "SCTP by others"
  cd tests/Godwit.WebRtc.Tests/Interop/werift
  if ! limited "$install_limit" npm ci --no-audit --no-fund --loglevel=error && ! $only_present; then
    fail "tests/Godwit.WebRtc.Tests/Interop/werift: npm ci"
  fi
  cd "$root"
fi

for project in tests/*.Tests/*.csproj; do
  run_dotnet_suite "$(basename "$project" .csproj)"
done
# The promises once more, with logs on the disk.
GODWIT_TEST_BROKER=sqlite run_dotnet_suite Godwit.Server.Tests "Godwit.Server.Tests on SQLite" -namespace Godwit.Server.Tests.Transports
# And with logs in Redis, where the requests of every reader go to two servers in turn.
GODWIT_TEST_BROKER=redis run_dotnet_suite Godwit.Server.Tests "Godwit.Server.Tests on Redis" -namespace Godwit.Server.Tests.Transports
run_node_suite clients/js "node npm" --experimental-websocket --no-warnings --test-force-exit --test-concurrency=2
run_node_suite tests/browser "node npm chromium" --test-concurrency=1

heading "Source files over 400 lines"
find src tests bench clients \( -name node_modules -o -name vendor \) -prune -o -type f \
  \( -name '*.cs' -o -name '*.c' -o -name '*.js' -o -name '*.mjs' -o -name '*.css' -o -name '*.html' \) -exec wc -l {} + 2>/dev/null \
  | awk '$2 != "total" && $1 > 400 { print $2 ": " $1; n++ } END { if (!n) print "none" }'

finish
