# Run by test-package.sh inside a clean Debian that a systemd has booted: what the unit promises. The packages are in /packages.
. /packages/holds.sh

property() { systemctl show torud -p "$1" --value; }
# soon TEXT COMMAND…: as holds, but the command has ten seconds to come true: nobody tells when systemd has acted.
soon() {
  tries=0
  text=$1
  shift
  until "$@" >/dev/null 2>&1 || [ "$tries" -ge 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
  holds "$text" "$@"
}
is_now() { same "$(property "$1")" "$2"; }
same_plugin() { same "$(value ticker pid)" "$pid"; }
served_again() { [ "$(property MainPID)" != "$1" ] && is_now ActiveState active && toru daemon status; }

holds 'installed under systemd, torud is enabled' dpkg -i /packages/old.deb
holds 'it runs' is_now ActiveState active
holds 'it has what it needs' says '"problems":\[\]' toru daemon status --json
toru install /packages/plugins/ticker
holds 'a plugin is enabled' toru enable ticker
pid=$(value ticker pid)
soon 'systemctl status says how many run' is_now StatusText '1 running, 1 stopped'

holds 'a reload is done when torud says so' systemctl reload torud
echo '[wrong' >>/etc/toru/torud.toml
holds 'a reload with an error in torud.toml fails' sh -c '! systemctl reload torud'
holds 'and changes nothing' is_now ActiveState active
sed -i '/^\[wrong/d' /etc/toru/torud.toml

daemon=$(property MainPID)
systemctl kill --kill-whom=main -s KILL torud
soon 'a torud that is killed comes back' served_again "$daemon"
holds 'the plugin has not noticed' same_plugin
daemon=$(property MainPID)
holds 'a newer package installs' dpkg -i /packages/new.deb
holds 'systemd sees the same process' is_now MainPID "$daemon"
holds 'the plugin has not noticed' same_plugin
soon 'torud is ready again' is_now StatusText '1 running, 1 stopped'

mkdir -p /etc/systemd/system/torud.service.d
printf '[Service]\nWatchdogSec=1s\n' >/etc/systemd/system/torud.service.d/watchdog.conf
cp /usr/share/doc/toru/examples/keep-plugins.conf /etc/systemd/system/torud.service.d
systemctl daemon-reload
holds 'with keep-plugins.conf a restart is one of torud alone' systemctl restart torud
holds 'the plugin has not noticed' same_plugin
daemon=$(property MainPID)
systemctl kill --kill-whom=main -s STOP torud
soon 'a torud that hangs is found by the watchdog, and replaced' served_again "$daemon"
holds 'the plugin has not noticed' same_plugin
holds 'no line of it is lost in all that' unbroken
rm /etc/systemd/system/torud.service.d/*.conf

cp /usr/share/doc/toru/examples/hardened.conf /etc/systemd/system/torud.service.d
systemctl daemon-reload
holds 'with hardened.conf torud starts' systemctl restart torud
holds 'and a plugin with it' toru wait ticker --for running --timeout 30s
holds 'and nothing is missing' says '"problems":\[\]' toru daemon status --json
rm -r /etc/systemd/system/torud.service.d
systemctl daemon-reload

holds 'toru daemon stop ends it' toru daemon stop
soon 'systemd lets it rest' is_now ActiveState inactive
holds 'systemctl starts it again' systemctl start torud
holds 'systemctl stop ends torud with its plugins' systemctl stop torud
holds 'nothing of it runs any more' nobody_is_left
systemctl start torud
holds 'it is purged while it runs' dpkg --purge toru
holds 'nothing of it runs any more' nobody_is_left
holds 'systemd knows nothing of it any more' sh -c '! systemctl cat torud'

summary
