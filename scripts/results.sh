# Sourced by test.sh and check.sh: runs steps, notes what became of each in build/results, adds it all up.
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
export PATH
[ -t 1 ] || export NO_COLOR=1
results=build/results
rm -rf "$results"
mkdir -p "$results"

# check NAME COMMAND…: something that is right or wrong as a whole; its output is shown when it is wrong.
check() {
  name=$1
  shift
  if "$@" >"$results/$name.log" 2>&1; then
    echo '{ "passed": 1 }' >"$results/$name.json"
    echo "ok   $name"
  else
    echo '{ "failed": 1 }' >"$results/$name.json"
    echo "FAIL $name"
    cat "$results/$name.log"
  fi
}

# suite NAME…: projects of vitest.config.mts, one after the other.
suite() {
  for name in "$@"; do
    [ -d "test/$name" ] || continue
    # Counts as failed unless the reporter comes to its end and says otherwise.
    echo '{ "failed": 1 }' >"$results/$name.json"
    export RESULT_FILE="$results/$name.json"
    vitest run --project "$name" --reporter=default --reporter=./scripts/count-reporter.mjs ||
      grep -q '"failed": *[1-9]' "$RESULT_FILE" || echo '{ "failed": 1 }' >"$RESULT_FILE"
  done
}

# finish: the last line, and the exit status.
finish() {
  node scripts/sum-results.mjs "$results"
}
