#!/bin/bash
# Makes the Debian sid root that systems and tests are built in: 2.8 GB, two minutes.
# usage: prepare.sh ROOT    (as root; needs mmdebstrap)
set -euo pipefail
root=$1
here=$(dirname "$(readlink -f "$0")")
mmdebstrap --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' \
  --include="$(paste -sd, "$here/packages")" sid "$root"
# What builds of Rust programs need to reach crates: this computer's certificates and settings.
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/host-ca.crt"
rm -f "$root/etc/resolv.conf"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
cargo=${CARGO_HOME:-$HOME/.cargo}
if [ -e "$cargo/config.toml" ]; then
  mkdir -p "$root/root/.cargo"
  cp "$cargo/config.toml" "$root/root/.cargo/"
fi
chroot "$root" bash -euo pipefail <<'IN'
  # Nix's build users were made by the package nix-setup-systemd.
  printf '%s\n' 'experimental-features = nix-command flakes' 'sandbox = false' 'build-users-group = nixbld' 'substitute = false' 'max-jobs = 2' > /etc/nix/nix.conf
  ln -sfn bash /usr/bin/sh # as on NixOS
  # openresolv conflicts with systemd-resolved in Debian: unpack it over it
  cd /tmp && apt-get -o Acquire::Check-Valid-Until=false update -qq && apt-get download -qq openresolv && dpkg -x openresolv_*.deb o
  rm -f /usr/sbin/resolvconf && cp o/usr/sbin/resolvconf /usr/sbin/ && cp -r o/usr/lib/resolvconf /usr/lib/ && rm -rf o openresolv_*.deb
IN
