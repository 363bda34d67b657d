# Sourced by scripts/deb.sh: fills $root. There are: put, $home, $doc, $packages, $machine, $arch, $version, $maintainer.

# The programs, as in a checkout: the launchers find everything from where they are.
put 755 bin/toru bin/torud bin/toru-web "$home/bin"
ln -s ../lib/toru/bin/toru ../lib/toru/bin/torud ../lib/toru/bin/toru-web "$root/usr/bin/"
put 644 dist/*.cjs dist/toru-tui.mjs "$home/dist"
if [ "$machine" = "$(node -p process.arch)" ]; then
  put 755 "dist/native/$machine/toru-shim" "$home/dist/native/$machine"
else
  node scripts/build.mjs --all-machines
  put 755 "dist/native/$machine/toru-shim" "$home/dist/native/$machine"
fi
node -e 'const [file, shim] = process.argv.slice(1); const all = JSON.parse(require("fs").readFileSync(file, "utf8"));
  console.log(JSON.stringify({ [shim]: all[shim] }, null, 2))' dist/native/build-record.json "$machine/toru-shim" \
  >"$home/dist/native/build-record.json"

# What the bundles do not hold.
node_package=node-linux-$machine
put 755 "$packages/$node_package/bin/node" "$home/node_modules/$node_package/bin"
put 644 "$packages/koffi/package.json" "$packages/koffi/index.cjs" "$packages/koffi/LICENSE.txt" "$home/node_modules/koffi"
put 644 "$packages/koffi/src/koffi/index.cjs" "$home/node_modules/koffi/src/koffi"
put 644 "$packages/koffi/src/koffi/src/static.cjs" "$home/node_modules/koffi/src/koffi/src"
native=@koromix/koffi-linux-$machine
put 644 "$packages/$native/package.json" "$packages/$native/index.js" "$home/node_modules/$native"
put 644 "$packages/$native/linux_$machine/koffi.node" "$home/node_modules/$native/linux_$machine"

# The HTTP module: in the plugin folder by a link, so that an upgrade of the package is one of the module.
install -d "$home/plugins" "$root/var/lib/toru/plugins"
cp -R dist/plugins/web "$home/plugins/web"
ln -s /usr/lib/toru/plugins/web "$root/var/lib/toru/plugins/web"
# Its admin's password may stand in it.
put 600 packaging/plugins.d/web.toml "$root/etc/toru/plugins.d"

# For the system.
put 644 packaging/systemd/torud.service "$root/usr/lib/systemd/system"
put 644 packaging/systemd/user/torud.service "$root/usr/lib/systemd/user"
put 644 packaging/sysusers.d/toru.conf "$root/usr/lib/sysusers.d"
put 644 packaging/tmpfiles.d/toru.conf "$root/usr/lib/tmpfiles.d"
put 644 packaging/torud.toml "$root/etc/toru"
cat packaging/deb/torud-web.toml >>"$root/etc/toru/torud.toml"
for page in man/*.[1-8]; do
  put 644 "$page" "$root/usr/share/man/man${page##*.}"
  gzip -9n "$root/usr/share/man/man${page##*.}/${page##*/}"
done
for shell in bash:bash-completion/completions/toru zsh:zsh/vendor-completions/_toru fish:fish/vendor_completions.d/toru.fish; do
  file=$root/usr/share/${shell#*:}
  install -d "${file%/*}"
  bin/toru completion "${shell%%:*}" >"$file"
  chmod 644 "$file"
done

# To be read.
put 644 README.md "$doc"
put 644 packaging/systemd/examples/*.conf "$doc/examples"
install -m 644 packaging/logrotate/toru "$doc/examples/logrotate"
cp -R dist/plugins "$doc/examples/plugins"
rm -r "$doc/examples/plugins/web"
install -m 644 CHANGELOG.md "$doc/changelog"
install -m 644 "$packages/$node_package/LICENSE" "$doc/LICENSE.node"
node scripts/licenses.mjs >"$doc/licenses.txt"
{
  printf 'toru (%s) unstable; urgency=medium\n\n' "$version"
  printf '  * What is new in this version stands in changelog.gz.\n\n'
  printf ' -- %s  %s\n' "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
} >"$doc/changelog.Debian"
gzip -9n "$doc/changelog" "$doc/changelog.Debian" "$doc/LICENSE.node" "$doc/licenses.txt"
sed -n '/^Permission/,$p' LICENSE | sed -e 's/^$/./' -e 's/^/ /' >"$work/license"
sed -e "/@LICENSE@/{r $work/license" -e 'd}' packaging/deb/copyright.in >"$doc/copyright"
chmod 644 "$doc/licenses.txt.gz" "$doc/changelog.Debian.gz" "$doc/copyright" "$home/dist/native/build-record.json"
install -d "$root/usr/share/lintian/overrides"
install -m 644 packaging/deb/lintian-overrides "$root/usr/share/lintian/overrides/toru"
