# Run by test-package.sh inside a clean Debian: OLD-VERSION NEW-VERSION. The packages are in /packages.
# Prints a line for each thing that must hold, and at the end how many did.
old=$1
new=$2
. /packages/holds.sh

# Every file and folder of the system, but for what dpkg and this test keep for themselves.
everything() {
  find / -xdev \( -path /packages -o -path /tmp -o -path /var/lib/dpkg -o -path /var/cache -o -path /var/log/dpkg.log \
    -o -path /var/lib/systemd -o -path '/etc/*-' \) -prune -o -print | LC_ALL=C sort
}

everything >/tmp/before
holds 'the package installs, and its dependencies are those of a minimal Debian' dpkg -i /packages/old.deb
holds 'the group toru is made' getent group toru
holds 'the user of the HTTP module is made, and may not log in' says 'toru-web:.*/nologin$' getent passwd toru-web
holds 'it is a member of the group toru' says '^toru:.*toru-web' getent group toru
holds 'toru says its version' says "$old" toru version
holds 'the unit, sysusers.d and tmpfiles.d are there' ls /usr/lib/systemd/system/torud.service /usr/lib/systemd/user/torud.service /usr/lib/sysusers.d/toru.conf /usr/lib/tmpfiles.d/toru.conf
for page in man1/toru.1 man8/torud.8 man5/torud.toml.5; do
  holds "the manual page $page is there" sh -c "zcat /usr/share/man/$page.gz | grep -q '^.S[Hh] NAME'"
done
holds 'completion for bash is there and is valid' bash -n /usr/share/bash-completion/completions/toru
holds 'completion for zsh and fish is there' test -s /usr/share/zsh/vendor-completions/_toru -a -s /usr/share/fish/vendor_completions.d/toru.fish
holds 'the settings that were installed are valid' torud --system --check

holds 'torud starts' torud --system --detach
holds 'torud has what it needs' says '"problems":\[\]' toru daemon status --json
holds 'a plugin is installed' toru install /packages/plugins/ticker
holds 'it is enabled, and waited for' toru enable ticker
holds 'it runs' says '^running$' toru is-active ticker
holds 'its lines are in its log' toru wait ticker --for 'log~tick 3' --timeout 30s
holds 'another one is installed' toru install /packages/plugins/crasher
toru enable --no-block crasher
holds 'its crash is seen' toru wait crasher --for exited --timeout 30s
holds 'its crash is told with its last words' says 'the sky is falling' toru crashes show -1 crasher
holds 'toru says why' says 'crasher' sh -c 'toru why crasher; true'
holds 'the crasher is disabled' toru disable crasher

holds 'the HTTP module is there, and off' says '^disabled$' sh -c 'toru is-enabled web; true'
holds 'without a password it says what to do' says 'ADMIN_PASSWORD is not set' sh -c 'toru enable web; toru why web; toru logs web; true'
holds 'an admin is added before it has ever run' sh -c 'echo correct-horse-battery | toru web user add ann --role admin'
holds 'it starts then' toru enable web
holds 'it runs as its own user' says '^toru-web$' sh -c 'stat -c %U "/proc/$(toru show web -p pid --value)"'

pid=$(value ticker pid)
run=$(value ticker runId)
daemon=$(torud_pid)
holds 'a newer package installs while a plugin runs' dpkg -i /packages/new.deb
holds 'the new torud has what it needs' says '"problems":\[\]' toru daemon status --json
holds 'the new torud serves' says "\"version\":\"$new\"" toru daemon status --json
holds 'it is the same process' same "$(torud_pid)" "$daemon"
holds 'the plugin is the same process' same "$(value ticker pid)" "$pid"
holds 'the plugin is in the same run' same "$(value ticker runId)" "$run"
last=$(toru logs ticker -n 1 -o cat | awk '{ print $2 }')
holds 'it goes on writing' toru wait ticker --for "log~tick $((last + 10))" --timeout 30s
holds 'no line of it is lost' unbroken
holds 'the older package installs again in the same way' dpkg -i /packages/old.deb
holds 'the plugin has not noticed' same "$(value ticker pid)" "$pid"

holds 'its processes can be seen' alive
holds 'the package is removed with torud and a plugin running' dpkg -r toru
holds 'nothing of it runs any more' nobody_is_left
holds 'settings and state stay' ls /etc/toru/torud.toml /var/lib/toru/state.db /var/lib/toru/plugins/ticker
holds 'the programs are gone' sh -c '! command -v toru && ! ls /usr/lib/toru'
holds 'it installs again' dpkg -i /packages/new.deb
holds 'torud starts again' torud --system --detach
holds 'the plugin is still enabled, and runs' toru wait ticker --for running --timeout 30s
holds 'it is purged while it runs' dpkg --purge toru
holds 'nothing of it runs any more' nobody_is_left
everything >/tmp/after
holds 'not one file of it is left' diff /tmp/before /tmp/after
holds 'its user is gone' sh -c '! getent passwd toru-web'
holds 'the group is gone' sh -c '! getent group toru'

summary
