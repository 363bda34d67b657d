#!/bin/sh
# npm start: a torud of its own on ./.toru with the example plugins, and a look at them.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
export PATH
unset TORU_ROOT TORU_SOCKET TORU_CONFIG
umask 022
root=.toru
mkdir -p "$root"

sh scripts/ensure.sh
touched=$(node scripts/sync-plugins.mjs dist/plugins "$root/plugins")

reached=0
bin/toru --root "$root" daemon status >/dev/null 2>&1 || reached=$?
if [ "$reached" -eq 150 ]; then
  bin/torud --root "$root" --detach
elif [ -n "$touched" ]; then
  bin/toru --root "$root" scan >/dev/null
  changed=$(echo "$touched" | sed -n 's/^changed //p')
  # A name a word: ids hold no spaces.
  [ -z "$changed" ] || bin/toru --root "$root" try-restart $changed || :
fi

# Each example is enabled once; what a person disabled afterwards stays disabled.
for folder in dist/plugins/*/; do
  id=$(basename "$folder")
  grep -qx "$id" "$root/.examples" 2>/dev/null && continue
  # The HTTP module is no example, and needs an admin's password first (plugins/web/README.md).
  [ "$id" = web ] && continue
  # flaky crashes, that is what it is for: nobody waits for it.
  case $id in flaky) wait=--no-block ;; *) wait=--timeout=30s ;; esac
  bin/toru --root "$root" enable "$wait" "$id" || :
  echo "$id" >>"$root/.examples"
done

if [ -t 0 ] && [ -t 1 ]; then
  exec bin/toru --root "$root"
fi
bin/toru --root "$root" list
cat <<END

torud goes on in the background; its files are in $root. Next, from this folder:
  bin/toru --root $root status hello
  bin/toru --root $root why flaky
  bin/toru --root $root crashes flaky
  bin/toru --root $root logs -f
  bin/toru --root $root disable flaky
  bin/toru --root $root daemon stop
END
