#!/bin/sh
# npm run screens:web: pictures of the browser console, as it is today, into docs/.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
export PATH
exec node --disable-warning=MODULE_TYPELESS_PACKAGE_JSON scripts/screens-web.mts "$@"
