# What the scripts of this folder share: finding or installing what they need.
# shellcheck shell=bash
project=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
lane=$project/tests/lane

say() { printf '\n== %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# What is on the computer stays: what does not fit beside it is an error.
apt_install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-remove --no-install-recommends "$@"; }

# Debian's backports of this release, added to the sources if they are not there.
backports() {
  local id codename
  id=$(. /etc/os-release && echo "$ID")
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
  if [ "$id" = debian ] && ! apt-cache policy | grep -qF "$codename-backports/"; then
    printf '\n== adding %s-backports to the sources of apt\n' "$codename" >&2
    printf '%s\n' 'Types: deb' 'URIs: http://deb.debian.org/debian' "Suites: $codename-backports" 'Components: main' \
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' |
      as_root tee "/etc/apt/sources.list.d/$codename-backports.sources" >/dev/null
    as_root apt-get update -qq >&2
  fi
  echo "$codename-backports"
}

# A package of the release does not fit beside one that came from its backports
# (QEMU is made of several): that one comes from there too.
apt_install_singly() {
  local package
  for package in "$@"; do
    apt_install "$package" || apt_install -t "$(backports)" "$package" || return 1
  done
}

# Installs Debian packages that are not there yet; names them first.
ensure_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail "these programs are missing: ${missing[*]} (names of Debian packages); install them with your package manager"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "installing ${missing[*]} needs root: apt-get install ${missing[*]}"
  say "installing ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { as_root apt-get update -qq && { apt_install "${missing[@]}" || apt_install_singly "${missing[@]}"; }; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "apt-get install ${missing[*]} failed; see above"
  fi
  rm -f "$log"
}

# Installs packages that are newer than the release's own.
from_backports() { # what is too old, packages...
  local why=$1 suite
  shift
  suite=$(backports)
  say "$why: installing $* of $suite"
  apt_install -t "$suite" "$@" >&2 ||
    fail "$why and apt-get finds nothing newer in $suite; Debian 12 with its backports, Debian 13 and Ubuntu 25.04 or later have it"
}

# The configuration of sshd needs OpenSSH 9.9, which Debian 12 has in its backports.
ensure_openssh() {
  ! ssh -Q kex | grep -x mlkem768x25519-sha256 >/dev/null || return 0
  from_backports "OpenSSH is older than 9.9" openssh-client openssh-server
}

# mke2fs heeds SOURCE_DATE_EPOCH from 1.47.1 on, as above.
ensure_e2fsprogs() {
  local version
  version=$(PATH=$PATH:/usr/sbin mke2fs -V 2>&1 | sed -n '1s/^mke2fs \([0-9.]*\).*/\1/p')
  ! new_enough "$version" 1.47.1 || return 0
  from_backports "e2fsprogs is older than 1.47.1" e2fsprogs
}

# The oldest Rust that builds the crate.
rust_version() { sed -n 's/^rust-version = "\(.*\)"/\1/p' "$project/Cargo.toml"; }

new_enough() { # have, wanted
  [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

has_rust() {
  command -v cargo >/dev/null && command -v cc >/dev/null &&
    new_enough "$(rustc --version 2>/dev/null | cut -d' ' -f2)" "$(rust_version)"
}

# The Debian root of tests/lane, made where there is none; prints its place.
ensure_lane() {
  command -v mmdebstrap >/dev/null || ensure_packages mmdebstrap
  "$lane/run" root || fail "the Debian root cannot be made; see above, and tests/lane/README.md"
}

# Makes `cargo` work: what is here, rustup, or the compiler of Debian sid.
ensure_rust() {
  [ ! -f "$HOME/.cargo/env" ] || . "$HOME/.cargo/env"
  has_rust && return 0
  ensure_packages ca-certificates curl gcc libc6-dev
  has_rust && return 0
  say "no Rust $(rust_version) or later here: installing it with rustup"
  if curl --proto =https --tlsv1.2 -fsS --connect-timeout 15 https://sh.rustup.rs -o /tmp/rustup-init.$$ &&
    sh /tmp/rustup-init.$$ -y --profile minimal --component clippy,rustfmt >&2; then
    rm -f /tmp/rustup-init.$$
    . "$HOME/.cargo/env"
    return 0
  fi
  rm -f /tmp/rustup-init.$$
  say "rustup cannot be reached: taking the compiler of Debian sid (2 minutes, 3 GB)"
  [ "$(id -u)" = 0 ] || fail "this needs root: run it with sudo, or install Rust $(rust_version) (https://rustup.rs)"
  root=$(ensure_lane) || exit 1
  # Its C library is newer than this system's: link what is built statically.
  # A target of its own keeps that from the plug-ins of the compiler.
  target=x86_64-unknown-linux-gnu
  cargo() {
    mkdir -p "$HOME/.cargo"
    env PATH=/usr/bin:/usr/sbin HOME="$HOME" CARGO_HTTP_CAINFO=/etc/ssl/host-ca.crt RUSTFLAGS="-C target-feature=+crt-static -A linker-messages" CARGO_BUILD_TARGET=$target \
      "$lane/enter.sh" "$root" "$project" "$HOME/.cargo" -- cargo "$@"
  }
}

# Builds the program; prints its path.
build_hostwright() {
  ensure_rust
  say "building hostwright"
  (cd "$project" && cargo build --release --quiet --locked) || fail "hostwright does not build; see above"
  echo "${CARGO_TARGET_DIR:-$project/target}/${target:+$target/}release/hostwright"
}

# Whether there is a Nix that needs no root of Debian's.
has_nix() {
  command -v nix >/dev/null && new_enough "$(nix --version | grep -oE '[0-9.]+$')" 2.24
}

# Makes Nix work as `in_nix`, natively or in the lane.
ensure_nix() {
  if has_nix; then
    in_nix() { NIX_CONFIG="extra-experimental-features = nix-command flakes" "$@"; }
    return 0
  fi
  [ "$(id -u)" = 0 ] || fail "Nix 2.24 or later is missing: install it (https://nixos.org/download), or run this with sudo to use one in a Debian root of its own"
  command -v apt-get >/dev/null || fail "Nix 2.24 or later is missing: install it (https://nixos.org/download)"
  say "no Nix here: using one in a Debian root of its own (tests/lane; 2 minutes at first, 3 GB)"
  ensure_lane >/dev/null
  in_nix() { "$lane/run" enter "$@"; }
}

# Sets NIXPKGS to a tree: the one that is here, else the one that flake.lock
# pins. Returns 1, with the reason in `nixpkgs_reason`, if neither can be had.
ensure_nixpkgs() {
  local found status=0 revision tree archive
  found=$("$lane/find-nixpkgs" 2>&1) || status=$?
  # 3: there is none. A wrong one is not replaced by another.
  case $status in
    0) export NIXPKGS=$found; return 0 ;;
    3) ;;
    *) fail "$found" ;;
  esac
  revision=$(sed -n 's/^ *"rev": "\([0-9a-f]*\)".*/\1/p' "$project/flake.lock")
  tree=${XDG_CACHE_HOME:-$HOME/.cache}/hostwright/nixpkgs-$revision
  if [ ! -e "$tree/nixos" ]; then
    ensure_packages ca-certificates curl
    say "fetching nixpkgs $revision (50 MB)"
    mkdir -p "$tree.part"
    archive=$tree.part/archive.tar.gz
    if ! curl -fsSL --connect-timeout 15 -o "$archive" "https://github.com/NixOS/nixpkgs/archive/$revision.tar.gz"; then
      rm -rf "$tree.part"
      nixpkgs_reason="nixpkgs is neither here (NIXPKGS, NIX_PATH) nor can it be fetched from github.com"
      return 1
    fi
    tar -xzf "$archive" --strip-components=1 -C "$tree.part" && rm "$archive" && mv "$tree.part" "$tree"
  fi
  export NIXPKGS=$tree
}

# One line for each tier of the tests.
summary=()
tier() { # number, name, command...
  local number=$1 name=$2 start=$SECONDS
  shift 2
  say "tier $number: $name"
  # Behind `||` or `if` bash would go on after a command that fails.
  local status
  set +e
  (set -e; "$@")
  status=$?
  set -e
  [ "$status" = 0 ] || fail "tier $number ($name) failed; see above"
  summary+=("tier $number: $name: passed in $((SECONDS - start)) s")
}
not_run() { # number, name, reason
  summary+=("tier $1: $2: NOT RUN: $3")
  printf '%s\n' "${summary[-1]}" >&2
}
