#!/bin/sh
# npm run deb: toru_VERSION_ARCH.deb, with everything it needs but libc and libstdc++. The same input gives the same bytes.
#   sh scripts/deb.sh [--arch amd64|arm64] [DEST]
#   SOURCE_DATE_EPOCH    time of all files in it; else that of the last commit
#   DEB_COMPRESSION      as dpkg-deb -Z takes it; xz
#   DEB_MAINTAINER       "Name <address>" for whoever publishes it
set -eu

arch=$(dpkg --print-architecture)
[ "${1:-}" != --arch ] || { arch=${2:?--arch needs amd64 or arm64} && shift 2; }
case $arch in
  amd64) machine=x64 ;;
  arm64) machine=arm64 ;;
  *) echo "deb.sh: there is no Node for $arch; amd64 and arm64 can be made" >&2 && exit 2 ;;
esac
destination=$(CDPATH='' cd -- "${1:-.}" && pwd -P)
cd "$(dirname "$0")/.."
sh scripts/ensure.sh
PATH=$PWD/node_modules/.bin:$PATH
export PATH
umask 022
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date -r CHANGELOG.md +%s)}
export SOURCE_DATE_EPOCH
version=$(node -p "require('./package.json').version.replace('-', '~')")-1
maintainer=${DEB_MAINTAINER:-toru contributors <toru@packages.invalid>}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/toru
home=$root/usr/lib/toru
doc=$root/usr/share/doc/toru
install -d "$home/dist/native" "$root/DEBIAN" "$root/usr/bin" "$doc/examples" "$root/etc/toru/plugins.d"

# put MODE SOURCE… TARGET-FOLDER
put() {
  mode=$1 && shift
  for target in "$@"; do :; done
  install -d "$target"
  while [ $# -gt 1 ]; do
    install -m "$mode" "$1" "$target"
    shift
  done
}

# Node and koffi: from this checkout when they are for that machine, else as npm has them, checked against package-lock.json.
packages=node_modules
if ! [ -x "node_modules/node-linux-$machine/bin/node" ]; then
  cp package.json package-lock.json .npmrc "$work"
  (cd "$work" && npm ci --omit=dev --include=optional --os=linux --cpu="$machine" >/dev/null)
  packages=$work/node_modules
fi

. packaging/deb/contents.sh

# Numbers of the package's own: what dpkg shows and checks.
size=$(du -sk --apparent-size "$root" | cut -f 1)
sed -e "s|@VERSION@|$version|" -e "s|@ARCH@|$arch|" -e "s|@MAINTAINER@|$maintainer|" -e "s|@SIZE@|$size|" \
  packaging/deb/control.in >"$root/DEBIAN/control"
printf '%s\n' /etc/toru/torud.toml /etc/toru/plugins.d/web.toml >"$root/DEBIAN/conffiles"
put 755 packaging/deb/postinst packaging/deb/prerm packaging/deb/postrm "$root/DEBIAN"
(cd "$root" && find usr -type f | LC_ALL=C sort | xargs -d '\n' md5sum) >"$root/DEBIAN/md5sums"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Z"${DEB_COMPRESSION:-xz}" --build "$root" "$destination/toru_${version}_$arch.deb" >/dev/null
echo "$destination/toru_${version}_$arch.deb"
