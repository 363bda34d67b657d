#!/bin/sh
# npm run pack: toru-VERSION.tgz, which `npm install -g ./toru-VERSION.tgz` installs without a compiler: it holds toru-shim for x64 and arm64.
#   sh scripts/pack.sh [DEST]   DEST: folder for the tarball, else the one that this is called from
set -eu
destination=$(CDPATH='' cd -- "${1:-.}" && pwd -P)
cd "$(dirname "$0")/.."
sh scripts/ensure.sh
PATH=$PWD/node_modules/.bin:$PATH
export PATH
node scripts/build.mjs --all-machines
node scripts/licenses.mjs >dist/licenses.txt
npm pack --ignore-scripts --pack-destination "$destination" --loglevel=error
