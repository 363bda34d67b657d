#!/bin/sh
# Builds toru-shim into OUT_DIR: sh native/build.sh OUT_DIR [--sanitize|--fuzz]
#   (nothing)   OUT_DIR/toru-shim: static where possible, with musl-gcc where there is one, else with $CC or cc
#   --sanitize  OUT_DIR/toru-shim-sanitize: address and undefined-behaviour sanitizers
#   --fuzz      OUT_DIR/fuzz-line: drives the line path with random input, sanitizers on
# Does nothing when the result is newer than every source.
set -eu

usage='usage: sh native/build.sh OUT_DIR [--sanitize|--fuzz]'
[ $# -ge 1 ] && [ $# -le 2 ] || { echo "$usage" >&2; exit 2; }
sources=$(CDPATH='' cd -- "$(dirname -- "$0")/shim" && pwd)
mkdir -p "$1"
out=$(CDPATH='' cd -- "$1" && pwd)
kind=${2:-}

case $kind in
  '') target=$out/toru-shim ;;
  --sanitize) target=$out/toru-shim-sanitize ;;
  --fuzz) target=$out/fuzz-line ;;
  *) echo "$usage" >&2; exit 2 ;;
esac

newer=$(find "$sources" "$0" -newer "$target" -print 2>/dev/null || echo missing)
[ -e "$target" ] && [ -z "$newer" ] && exit 0

compiler=${CC:-}
[ -n "$compiler" ] || { [ -z "$kind" ] && command -v musl-gcc >/dev/null 2>&1 && compiler=musl-gcc; } || compiler=cc
command -v "${compiler%% *}" >/dev/null 2>&1 || {
  echo "toru-shim needs a C compiler: '$compiler' was not found; install gcc (Debian: apt install build-essential) or set CC" >&2
  exit 1
}

flags='-std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -g0'
shim="main.c alive.c claim.c streams.c spec.c events.c text.c clock.c log-line.c log-handle.c log-file.c rotate.c proc.c child.c bridge.c"
cd "$sources"
# Into a name of its own, then renamed: a running shim keeps its program, and two builds at once do no harm.
fresh=$target.$$
trap 'rm -f "$fresh" "$fresh.err"' EXIT

case $kind in
  '')
    # Without a static libc the dynamic one must do.
    # shellcheck disable=SC2086
    $compiler $flags -static -s -Wl,-z,norelro $shim -o "$fresh" 2>"$fresh.err" || $compiler $flags -s $shim -o "$fresh"
    ;;
  --sanitize)
    # shellcheck disable=SC2086
    $compiler $flags -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all $shim -o "$fresh"
    ;;
  --fuzz)
    # shellcheck disable=SC2086
    $compiler $flags -g -fsanitize=address,undefined -fno-sanitize-recover=all fuzz-line.c log-line.c -o "$fresh"
    ;;
esac
mv -f "$fresh" "$target"
