# nix/stale.nix and its twins: each breaks a copy of the sample. Sourced by run.
test_guard() {
  local hosts=$work/hosts
  fresh() { rm -rf "$hosts"; cp -r "$here/fixtures/hosts" "$hosts"; }
  module="import $project/nix/stale.nix { lib = import $NIXPKGS/lib; } $hosts \"sample\""
  rejects() { refuses "$1" "$2" nix-instantiate --eval -E "$module"; }
  local wayOut='run `hostwright render sample` and `git add hosts/sample.nix`'
  local stale="hosts/sample.nix was not made from the present hosts/sample.toml: $wayOut"
  local edited="hosts/sample.nix was edited by hand: move the change to hosts/sample.toml (its section [nixos] takes any option) and $wayOut"

  fresh
  same "a fresh module" "$hosts/sample.nix" "$(in_nix nix-instantiate --eval -E "$module" 2>&1)"
  echo '# later' >>"$hosts/sample.toml"
  rejects "a changed description" "$stale"
  fresh; sed -i 's/4096/2048/' "$hosts/sample.nix"
  rejects "an edited body" "$edited"
  fresh; sed -i 's/sha256-[0-9a-f]/sha256-x/' "$hosts/sample.nix"
  rejects "a broken header" "$stale"
  fresh; sed -i '4d' "$hosts/sample.nix"
  rejects "a header without the body's hash" "$edited"
  fresh; sed -i 's/$/\r/' "$hosts/sample.nix"
  rejects "line ends of Windows" "$stale"
  fresh; : >"$hosts/sample.nix"
  rejects "an empty module" "$stale"
  fresh; rm "$hosts/sample.nix"
  rejects "a description without its module" "hosts/sample.toml has no module hosts/sample.nix that the flake can see: $wayOut"
  fresh; rm "$hosts/sample.toml"
  rejects "a module without its description" 'hosts/sample.nix has no description hosts/sample.toml: write one, or `git rm hosts/sample.nix`'
}
