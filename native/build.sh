#!/bin/sh
# Builds toru-shim into OUT_DIR: sh native/build.sh OUT_DIR [--x64|--arm64|--sanitize|--fuzz|--fuzz-output]
#   (nothing)   OUT_DIR/toru-shim: static where possible, with musl-gcc where there is one, else with $CC or cc;
#               and OUT_DIR/toru-shim.built, which says how: compiler=…, static=yes|no
#   --x64, --arm64
#               the same for that machine, always static; a cross compiler makes it where this machine is another one
#   --sanitize  OUT_DIR/toru-shim-sanitize: address and undefined-behaviour sanitizers
#   --fuzz      OUT_DIR/fuzz-line: drives the line path with random input, sanitizers on
#   --fuzz-output
#               OUT_DIR/fuzz-output: the same for the files of a task's output, with writes that fail
# Does nothing when the result is newer than every source.
set -eu

usage='usage: sh native/build.sh OUT_DIR [--x64|--arm64|--sanitize|--fuzz|--fuzz-output]'
[ $# -ge 1 ] && [ $# -le 2 ] || { echo "$usage" >&2; exit 2; }
sources=$(CDPATH='' cd -- "$(dirname -- "$0")/shim" && pwd)
mkdir -p "$1"
out=$(CDPATH='' cd -- "$1" && pwd)
kind=${2:-}

case $kind in
  ''|--x64|--arm64) target=$out/toru-shim ;;
  --sanitize) target=$out/toru-shim-sanitize ;;
  --fuzz) target=$out/fuzz-line ;;
  --fuzz-output) target=$out/fuzz-output ;;
  *) echo "$usage" >&2; exit 2 ;;
esac

newer=$(find "$sources" "$0" -newer "$target" -print 2>/dev/null || echo missing)
[ -e "$target" ] && [ -z "$newer" ] && exit 0

compiler=${CC:-}
may_be_dynamic=yes
case $kind in
  --x64) machine=x86_64 ;;
  --arm64) machine=aarch64 ;;
  *) machine=$(uname -m) ;;
esac
case $kind in
  --x64|--arm64)
    may_be_dynamic=no
    # $CC is for this machine.
    kind=
    [ "$machine" = "$(uname -m)" ] || compiler=$machine-linux-gnu-gcc
    ;;
esac
[ -n "$compiler" ] || { [ -z "$kind" ] && command -v musl-gcc >/dev/null 2>&1 && compiler=musl-gcc; } || compiler=cc
command -v "${compiler%% *}" >/dev/null 2>&1 || {
  case $compiler in
    *-linux-gnu-gcc) what="it (Debian: apt install gcc-$(echo "${compiler%-gcc}" | tr _ -))" ;;
    *) what='gcc (Debian: apt install build-essential) or set CC' ;;
  esac
  echo "toru-shim needs a C compiler: '$compiler' was not found; install $what" >&2
  exit 1
}

flags='-std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -g0'
shim="main.c alive.c claim.c streams.c spec.c events.c text.c clock.c log-line.c log-handle.c log-file.c output-file.c rotate.c proc.c child.c bridge.c"
cd "$sources"
# Into a name of its own, then renamed: a running shim keeps its program, and two builds at once do no harm.
fresh=$target.$$
trap 'rm -f "$fresh" "$fresh.err"' EXIT

case $kind in
  '')
    is_static=yes
    # Without a static libc the dynamic one must do, unless it is for other machines.
    # shellcheck disable=SC2086
    $compiler $flags -static -s -Wl,-z,norelro $shim -o "$fresh" 2>"$fresh.err" || {
      [ "$may_be_dynamic" = yes ] || { cat "$fresh.err" >&2; exit 1; }
      is_static=no
      $compiler $flags -s $shim -o "$fresh"
    }
    printf 'compiler=%s\nstatic=%s\n' "$compiler $($compiler -dumpfullversion -dumpversion 2>/dev/null)" "$is_static" >"$target.built"
    ;;
  --sanitize)
    # shellcheck disable=SC2086
    $compiler $flags -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all $shim -o "$fresh"
    ;;
  --fuzz)
    # shellcheck disable=SC2086
    $compiler $flags -g -fsanitize=address,undefined -fno-sanitize-recover=all fuzz-line.c log-line.c -o "$fresh"
    ;;
  --fuzz-output)
    # shellcheck disable=SC2086
    $compiler $flags -g -fsanitize=address,undefined -fno-sanitize-recover=all -Wl,--wrap=writev \
      fuzz-output.c output-file.c clock.c text.c log-line.c -o "$fresh"
    ;;
esac
mv -f "$fresh" "$target"
