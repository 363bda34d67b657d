#!/bin/sh
# npm test: everything, quick checks first. The last line is `N passed, N failed`.
set -u
cd "$(dirname "$0")/.."
if ! sh scripts/ensure.sh; then
  echo '0 passed, 1 failed'
  exit 1
fi
sh scripts/test-packages.sh
. scripts/results.sh
check style biome check .
check types tsc -p .
suite unit
suite integration e2e fault survive
finish
