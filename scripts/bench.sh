#!/bin/sh
# npm run bench: measures the figures of BENCHMARKS.md on this machine.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
export PATH
sh scripts/ensure.sh
exec node --disable-warning=MODULE_TYPELESS_PACKAGE_JSON bench/main.mts "$@"
