#!/bin/sh
# Makes a checkout ready to use: packages as package-lock.json has them, then dist/. Quick when all is there.
set -eu
cd "$(dirname "$0")/.."
# npm writes this file last, so an install that was cut short is done again.
installed=node_modules/.package-lock.json
if ! [ -f "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  echo 'installing packages into node_modules' >&2
  npm ci --include=dev --include=optional >/dev/null
  touch "$installed"
fi
PATH=$PWD/node_modules/.bin:$PATH
export PATH
node scripts/build.mjs
