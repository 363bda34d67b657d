#!/bin/sh
# npm run test:package: the .deb in a clean Debian, from installation to purge; as root, with debootstrap. Takes some two minutes.
#   DEBIAN_MIRROR, DEBIAN_SUITE   where the Debian comes from; else as apt on this machine has it
# All of it runs in namespaces of its own: when this script ends, however it ends, no process and no mount of it is left.
set -eu
cd "$(dirname "$0")/.."

need() {
  command -v "$1" >/dev/null 2>&1 || { echo "test-package: $1 is missing; Debian: apt install $2" >&2 && exit 1; }
}
need debootstrap debootstrap
need dpkg-deb dpkg
need unshare util-linux
[ "$(id -u)" -eq 0 ] || { echo 'test-package: debootstrap and chroot need root' >&2 && exit 1; }
unshare --mount --pid --fork --kill-child true || {
  echo 'test-package: this machine allows no mount and pid namespaces (unshare(2)); run it where they are allowed' >&2
  exit 1
}

work=$(mktemp -d "${TMPDIR:-/tmp}/toru-package-XXXXXX")
cgroup=
inside=
# With its first process everything in a namespace ends, mounts included, so that what is removed is nothing but files.
clean_up() {
  [ -z "$inside" ] || kill -KILL "$inside" 2>/dev/null || :
  rm -rf --one-file-system "$work"
  [ -z "$cgroup" ] || find "$cgroup" -depth -type d -exec rmdir {} +
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

echo '# two versions of the package'
DEB_COMPRESSION=zstd sh scripts/deb.sh "$work" >/dev/null
old=$(echo "$work"/toru_*.deb)
new_version=99.0.0
dpkg-deb -R "$old" "$work/new"
current=$(node -p "require('./package.json').version")
sed -i "s/^Version: .*/Version: $new_version-1/" "$work/new/DEBIAN/control"
sed -i "s/var VERSION = \"$current\"/var VERSION = \"$new_version\"/" "$work"/new/usr/lib/toru/dist/*js
grep -q "var VERSION = \"$new_version\"" "$work/new/usr/lib/toru/dist/torud.cjs"
(cd "$work/new" && find usr -type f | LC_ALL=C sort | xargs -d '\n' md5sum >DEBIAN/md5sums)

echo '# a clean Debian'
target=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 2>/dev/null | grep -v -- - | head -n 1)
mirror=${DEBIAN_MIRROR:-${target% *}}
suite=${DEBIAN_SUITE:-${target#* }}
clean=$work/clean
# make_debian FOLDER [MORE-PACKAGES]
make_debian() {
  debootstrap --variant=minbase ${2:+--include="$2"} "$suite" "$1" "$mirror" >"$work/debootstrap.log" 2>&1 || {
    tail -n 20 "$work/debootstrap.log" >&2
    exit 1
  }
  cp -R "$packages" "$1/packages"
}
packages=$work/packages
mkdir "$packages"
mv "$old" "$packages/old.deb"
dpkg-deb --root-owner-group -Zzstd --build "$work/new" "$packages/new.deb" >/dev/null
cp -R test/fixtures/package "$packages/plugins"
for part in holds inside systemd; do
  cp "scripts/test-package-$part.sh" "$packages/$part.sh"
done
make_debian "$work/clean"

echo '# installed, used, upgraded, removed, purged'
# The first shell of the namespace reaps what nobody waits for.
unshare --mount --pid --fork --kill-child chroot "$work/clean" /bin/sh -c '
  mount -t proc proc /proc && mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm || exit 1
  sh /packages/inside.sh "$1" "$2" &
  wait $!' sh "$current" "$new_version" &
inside=$!
wait "$inside"
inside=
rm -rf --one-file-system "$work/clean"

echo '# under systemd'
hierarchy=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)
[ -n "$hierarchy" ] || { echo 'test-package: no cgroup2 is mounted here, so no systemd can be booted' >&2 && exit 1; }
make_debian "$work/systemd" systemd,dbus
cgroup=$hierarchy/toru-package-$$
mkdir "$cgroup"
# In a control group of its own, which is the whole hierarchy for it.
sh -c 'echo $$ >"$1/cgroup.procs" && cd "$2" && exec unshare --mount --pid --cgroup --uts --ipc --fork --kill-child sh -c "
  mount --bind . . && cd \"\$PWD\" && mount -t proc proc proc && mount -t sysfs sysfs sys &&
  mount -t cgroup2 cgroup2 sys/fs/cgroup && mount -t tmpfs tmpfs run && mount -t tmpfs tmpfs tmp &&
  exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . /lib/systemd/systemd --unit=multi-user.target"' \
  sh "$cgroup" "$work/systemd" >/dev/null 2>&1 &
inside=$!
# within COMMAND…: run in the Debian that has been booted.
within() { nsenter -t "$first" --mount --pid --uts --ipc --cgroup --root --wd env -i PATH="$PATH" "$@"; }
tries=0
until first=$(pgrep -P "$inside") && within systemctl is-system-running --wait >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || { echo 'test-package: systemd does not boot here' >&2 && exit 1; }
  sleep 0.1
done
within sh /packages/systemd.sh
