#!/bin/sh
# npm run soak [MINUTES]: 1,000 kills of torud, then MINUTES (30) in which its memory and descriptors are watched.
set -eu
cd "$(dirname "$0")/.."
sh scripts/ensure.sh
PATH=$PWD/node_modules/.bin:$PATH
export PATH
exec node --disable-warning=MODULE_TYPELESS_PACKAGE_JSON test/survive/soak.ts "$@"
