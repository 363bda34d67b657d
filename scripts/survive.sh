#!/bin/sh
# npm run test:survive: torud killed 100 times under fifty writing plugins. TORU_TEST_SEED, TORU_SURVIVE_KILLS.
set -eu
cd "$(dirname "$0")/.."
sh scripts/ensure.sh
PATH=$PWD/node_modules/.bin:$PATH
export PATH
exec vitest run --project survive
