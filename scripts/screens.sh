#!/bin/sh
# npm run screens: prints the terminal UI's five views as text, as they are today, for README.md.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
export PATH
exec node --disable-warning=MODULE_TYPELESS_PACKAGE_JSON scripts/screens.mts
