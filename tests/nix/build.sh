# `hostwright build` with a real Nix: a flake whose image is a folder with a
# manifest, since real images take minutes (tests/boot). Sourced by run.

# The program, where this Nix sees it.
hostwright_for_nix() {
  if [ -z "${HOSTWRIGHT:-}" ]; then
    cargo build --locked --quiet
    HOSTWRIGHT=$(cargo metadata --locked --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/hostwright
  fi
  cp "$HOSTWRIGHT" "$work/hostwright"
}

# A fleet of hosts that differ in what their builders do.
tiny_fleet() { # folder
  local name
  mkdir -p "$1/hosts"
  for name in good bad slow; do cp "$project/hosts/hetzner-cpx31.toml" "$1/hosts/$name.toml"; done
  cp "$here/fixtures/manifest.json" "$here/fixtures/tiny-images.nix" "$1/"
  date +%s%N >"$1/run"
  echo '{ outputs = { self }: { packages.x86_64-linux = import ./tiny-images.nix; }; }' >"$1/flake.nix"
  (cd "$1" && "$work/hostwright" render --json >/dev/null 2>&1)
  commit "$1" first
}

# Standard output and error of `hostwright build`, and its exit code.
build() { # arguments
  # The builders use the programs of this system.
  in_nix env -C "$fleet" "$work/hostwright" build "$@" -- --option sandbox false 2>&1
  echo "exit $?"
}

has() { # name, output, line...
  local name=$1 out=$2 line
  shift 2
  for line; do grep -qxF -- "$line" <<<"$out" || { not_ok "$name" "no line: $line"$'\n'"$out"; return; }; done
  ok "$name"
}

# Sends SIGINT while Nix builds; prints what is left of it. A process group of
# its own: a shell in the background lets its children ignore SIGINT.
interrupt() {
  in_nix env -C "$fleet" setsid bash -c '
    set -m
    "$0" build slow -- --option sandbox false >out 2>&1 &
    for try in $(seq 300); do pgrep -xf "sleep 4321" >/dev/null && break; sleep 0.1; done
    pgrep -xf "sleep 4321" >/dev/null || echo "the build did not start"
    kill -INT $!; wait $!; echo "exit $?"
    for try in $(seq 100); do pgrep -xf "sleep 4321" >/dev/null || break; sleep 0.1; done
    pgrep -af "sleep 4321|nix build" | grep -v pgrep; cat out' "$work/hostwright" 2>&1
}

test_build() {
  local fleet=$work/tiny out
  hostwright_for_nix
  tiny_fleet "$fleet"
  out=$(build good)
  has "an image is built and summed up" "$out" "good: building good-image" ./result-good \
    "  image    good.raw.zst (1.50 MiB)" "  closure  1.00 GiB in 2 store paths" "  largest   1023 MiB  linux-6.18-modules" "exit 0"
  same "the link leads to the image" "$(cat "$fleet/manifest.json")" "$(in_nix cat "$fleet/result-good/manifest.json")"
  out=$(build good --json)
  same "--json prints the manifest" good "$(sed -n '/^\[/,/^\]/p' <<<"$out" | sed -n 's/^    "name": "\(.*\)",$/\1/p')"
  out=$(build bad)
  has "a failure shows the builder's words" "$out" "> there is no room for the image" "error: nix did not build bad: exit status: 1" "exit 1"
  [ ! -e "$fleet/result-bad" ] && ok "a failure leaves no link" || not_ok "a failure leaves no link" "$(ls -l "$fleet")"
  out=$(interrupt)
  has "Ctrl-C ends Nix and its builder" "$out" "exit 1" \
    "error: interrupted; nix was ended, and there is no new ./result-slow"
  ! grep -q "sleep 4321$\|did not start" <<<"$out" && [ ! -L "$fleet/result-slow" ] &&
    ok "Ctrl-C leaves nothing" || not_ok "Ctrl-C leaves nothing" "$out"
}
