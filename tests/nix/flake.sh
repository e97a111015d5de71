# The flake as its users see it, with nixpkgs overridden by the local tree. Sourced by run.

# The project as git has it, with the sample as its host, in a repository of its own.
project_copy() { # folder
  mkdir -p "$1"
  if git -C "$project" rev-parse 2>/dev/null; then
    # Without what was deleted and not committed yet; any other fault ends the run.
    git -C "$project" ls-files -z --cached --others --exclude-standard | (
      cd "$project"
      while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done | xargs -0 cp --parents -t "$1"
    )
  else
    cp -r flake.nix flake.lock Cargo.* src modules nix templates tests "$1"
  fi
  rm -rf "$1/hosts"
  cp -r "$here/fixtures/hosts" "$1/hosts"
  commit "$1" first
}

commit() { # folder, message
  git -C "$1" init -q
  git -C "$1" add -A
  git -C "$1" -c user.name=test -c user.email=test@localhost commit -q -m "$2"
}

test_flake() {
  local fleet=$work/fleet own=$work/own nixpkgs override first vm
  # Named "source" in the store, it is not copied again by each command.
  nixpkgs=$(in_nix nix-instantiate --read-write-mode --eval --raw -E "builtins.path { path = $NIXPKGS; name = \"source\"; }")
  override=(--no-write-lock-file --override-input nixpkgs "path:$nixpkgs")
  toplevel() { in_nix nix eval --raw "${override[@]}" "git+file://$1#nixosConfigurations.sample.config.system.build.toplevel.drvPath" 2>&1 | grep -v '^warning\|^•\|^  \|^$'; }
  project_copy "$fleet"

  # All outputs, as `nix flake check --no-build` walks them, for both processors.
  local out
  if out=$(in_nix nix flake check --no-build --all-systems "${override[@]}" "git+file://$fleet" 2>&1); then
    ok "nix flake check --no-build --all-systems"
  else
    not_ok "nix flake check --no-build --all-systems" "$(tail -n 12 <<<"$out")"
  fi
  if out=$(in_nix nix build --dry-run "${override[@]}" "git+file://$fleet#nixosConfigurations.sample.config.system.build.toplevel" 2>&1); then
    ok "nix build --dry-run of a system"
  else
    not_ok "nix build --dry-run of a system" "$(tail -n 12 <<<"$out")"
  fi
  vm=$(in_nix nix eval --raw "${override[@]}" "git+file://$fleet#nixosConfigurations.sample.config.system.build.vm.drvPath" 2>&1 | tail -n 1)
  [[ $vm == /nix/store/*-nixos-vm.drv ]] && ok "nixos-rebuild build-vm evaluates" || not_ok "nixos-rebuild build-vm evaluates" "$vm"

  first=$(toplevel "$fleet")
  [[ $first == /nix/store/*-nixos-system-sample-*.drv ]] && ok "toplevel evaluates" || not_ok "toplevel evaluates" "$first"
  # Not by commits: where an input is overridden, Nix gives a flake no `self.rev`.
  no_complaints "another self.rev changes no system" "($evaluate).revisions $fleet"
  sed -i '1s/^/# A comment.\n/' "$fleet/hosts/sample.toml"
  tail -n +5 "$fleet/hosts/sample.nix" | "$here/seal" "$fleet/hosts" sample
  commit "$fleet" second
  same "a comment in the description changes no system" "$first" "$(toplevel "$fleet")"

  # A repository of a user: the template, and a host.
  cp -r "$project/templates/default" "$own"
  commit "$own" template
  override=(--no-write-lock-file --override-input hostwright "git+file://$fleet" --override-input hostwright/nixpkgs "path:$nixpkgs")
  refuses "the template's host waits for render" 'hosts/web.toml has no module hosts/web.nix that the flake can see: run `hostwright render web` and `git add hosts/web.nix`' \
    nix eval "${override[@]}" "git+file://$own#nixosConfigurations.web.config.networking.hostName"
  mv "$own/hosts/web.toml" "$work/"
  touch "$own/hosts/left.nix"
  commit "$own" orphan
  refuses "a module without a description is refused by name" 'hosts/left.nix has no description hosts/left.toml' \
    nix eval "${override[@]}" "git+file://$own#nixosConfigurations.left.config.networking.hostName"
  rm -rf "$own/hosts"
  cp -r "$here/fixtures/hosts" "$own/hosts"
  commit "$own" first
  same "a fleet made from the template has the same system" "$first" "$(toplevel "$own")"
  mkdir "$own/hosts/extra"
  echo '{ networking.domain = "example.org"; }' >"$own/hosts/extra/domain.nix"
  # In a syntax that Nix's own TOML has not: only hostwright reads descriptions.
  sed -i '1s|^|nixos = {\n  modules = ["extra/domain.nix"],\n}\n|' "$own/hosts/sample.toml"
  commit "$own" second
  refuses "there, too, a stale module is refused" "hosts/sample.nix was not made from the present hosts/sample.toml" \
    nix eval "${override[@]}" "git+file://$own#nixosConfigurations.sample.config.networking.domain"
  tail -n +5 "$own/hosts/sample.nix" | sed '0,/^{$/s//{\n  imports = [ .\/extra\/domain.nix ];/' | "$here/seal" "$own/hosts" sample
  commit "$own" third
  same "nixos.modules are found beside the descriptions" example.org \
    "$(in_nix nix eval --raw "${override[@]}" "git+file://$own#nixosConfigurations.sample.config.networking.domain" 2>/dev/null)"
}
