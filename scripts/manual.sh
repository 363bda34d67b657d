#!/bin/sh
# npm run manual [-- --check]: fills the tables of the pages in man/ from those that the code uses.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
export PATH
exec node --disable-warning=MODULE_TYPELESS_PACKAGE_JSON scripts/manual/main.mts "$@"
