# Sourced by the two scripts that test-package.sh runs inside a clean Debian: what they look at things with.
set -u
passed=0
failed=0
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
unset TORU_ROOT TORU_SOCKET TORU_CONFIG

# holds TEXT COMMAND…: the command must succeed; its output is shown when it does not.
holds() {
  text=$1
  shift
  if "$@" >/tmp/output 2>&1; then
    passed=$((passed + 1))
    echo "ok   $text"
  else
    failed=$((failed + 1))
    echo "FAIL $text"
    sed 's/^/     /' /tmp/output
  fi
}
same() { [ -n "$1" ] && [ "$1" = "$2" ] || { echo "got '$1', not '$2'" && return 1; }; }
contains() { grep -q -- "$2" "$1" || { echo "no '$2' in $1" && return 1; }; }
says() { text_of=$1 && shift && "$@" >/tmp/said 2>&1 && contains /tmp/said "$text_of" || { cat /tmp/said && return 1; }; }
value() { toru show "$1" -p "$2" --value; }
torud_pid() { toru daemon status --json | sed -n 's/.*"daemon":{[^}]*"pid":\([0-9]*\).*/\1/p'; }
# Lines of the counter from the first to the last, each one more than the one before.
unbroken() { toru logs ticker -n 1000000 -o cat | awk '$1 == "tick" { if (n++ && $2 != last + 1) { print "after " last " came " $2; bad = 1 } last = $2 }
  END { if (n < 10) { print n " lines only"; bad = 1 } exit bad }'; }
alive() { for pid in /proc/[0-9]*; do
  [ -r "$pid/cmdline" ] && tr '\0' ' ' <"$pid/cmdline" | grep -E 'torud|toru-shim|/var/lib/toru' && return 0
done; return 1; }
nobody_is_left() { ! alive; }

# summary: the last line, and whether all held.
summary() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}
