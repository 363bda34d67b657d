#!/bin/sh
# npm run check: format, lint, types, unit and architecture tests; no daemon, under a minute.
set -u
cd "$(dirname "$0")/.." && sh scripts/ensure.sh || exit 1
. scripts/results.sh
check style biome check .
check types tsc -p .
check console-types tsc -p plugins/web/console
suite unit
finish
