#!/bin/sh
# npm run sim [COUNT]: the simulation of the supervisor, a million seeds unless said otherwise. SIM_SEED=N shows one.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
export PATH
exec node --disable-warning=MODULE_TYPELESS_PACKAGE_JSON test/sim/main.ts "$@"
