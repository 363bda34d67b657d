#!/bin/sh
# Installs the Debian packages that some tests drive, where they are missing and root asks. Quiet and quick when nothing is.
# What cannot be had is no error: the tests that need it say in their titles that they are skipped.
set -u
missing=
for package in bash zsh fish mandoc tmux; do
  command -v "$package" >/dev/null 2>&1 || missing="$missing $package"
done
[ -x /usr/bin/chromium ] || missing="$missing chromium"
[ -f /usr/share/bash-completion/bash_completion ] || missing="$missing bash-completion"
command -v script >/dev/null 2>&1 || missing="$missing bsdutils"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "not installed, so their tests are skipped:$missing" >&2
  exit 0
fi
echo "installing for tests:$missing" >&2
log=$(mktemp) || exit 0
export DEBIAN_FRONTEND=noninteractive
# Lists that are there may do; else they are fetched first.
quick='-q -o Acquire::Retries=0 -o Acquire::http::Timeout=20'
# shellcheck disable=SC2086
apt-get install -y $quick --no-install-recommends $missing >"$log" 2>&1 ||
  { apt-get update $quick && apt-get install -y $quick --no-install-recommends $missing; } >"$log" 2>&1 ||
  { tail -n 5 "$log" >&2; echo "could not be installed, so their tests are skipped:$missing" >&2; }
rm -f "$log"
exit 0
