# Hosts of the project and of the fixtures. Sourced by run.
folders=("$here/fixtures/hosts")
if compgen -G "$project/hosts/*.toml" >/dev/null; then folders+=("$project/hosts"); fi

test_hosts() {
  local folder
  for folder in "${folders[@]}"; do
    no_complaints "${folder#"$project/"}, x86_64" "($evaluate).hosts $folder"
    no_complaints "${folder#"$project/"}, aarch64" "($evaluate_aarch64).hosts $folder"
  done
  # Their modules are not committed; tests/cli has each as a snapshot.
  hostwright_for_nix
  cp -r "$project/tests/hosts/valid" "$work/valid"
  "$work/hostwright" render --hosts "$work/valid" >/dev/null 2>&1
  no_complaints "tests/hosts/valid" "($evaluate).hosts $work/valid"
  # Files that only share the folder: an editor's lock is a link to nowhere.
  ln -s nowhere "$work/valid/.#mail.toml"
  : >"$work/valid/.#mail.nix"
  same "hidden files are no hosts" "$(names_of "$project/tests/hosts/valid")" \
    "$(in_nix nix-instantiate --eval --raw -E "let e = $evaluate; in e.lib.concatMapStrings (name: name + \"\n\") (e.hostNames $work/valid)")"
  no_complaints "the sample at DigitalOcean" "let e = $evaluate; in e.variant { hostwright = { target = e.lib.mkForce \"digitalocean\"; network.ipv6 = false; network.interfaces = e.lib.mkForce { }; }; }"
  no_complaints "the sample on QEMU" "let e = $evaluate; in e.variant { hostwright = { target = e.lib.mkForce \"qemu\"; network.interfaces = e.lib.mkForce { }; }; }"
  no_complaints "the sample with strict hardening" "($evaluate).variant { hostwright.hardening.level = \"strict\"; }"
  no_complaints "the sample without hardening" "($evaluate).variant { hostwright.hardening.level = \"none\"; }"
}

# Of each rule that may be overridden a host that does: what `check` takes with an
# override, the modules and NixOS must take, too.
test_overrides() {
  local rule file batch nix
  hostwright_for_nix
  mkdir "$work/overridden"
  for rule in $("$work/hostwright" check --list-rules --json | tr -d ' \n' | grep -oE '"id":"[a-z0-9-]+"[^}]*"overridable":true' | cut -d'"' -f4); do
    file=$(compgen -G "$project/tests/hosts/invalid/$rule.toml" || compgen -G "$project/tests/hosts/invalid/$rule-*.toml" | head -n 1)
    {
      cat "$file"
      # All that it breaks: only together they make a host.
      for rule in $("$work/hostwright" check --json "$file" 2>/dev/null | grep -oE '"rule": "[^"]+"' | cut -d'"' -f4 | sort -u); do
        printf '\n[[overrides]]\nrule = "%s"\nreason = "to see that it evaluates"\n' "$rule"
      done
    } >"$work/overridden/$(basename "$file")"
  done
  if ! "$work/hostwright" render --hosts "$work/overridden" >"$work/rendered" 2>&1; then
    not_ok "overridden hosts are rendered" "$(cat "$work/rendered")"
    return
  fi
  # A dozen at a time: one process keeps in memory all that it evaluated.
  while read -r batch; do
    nix=$(printf '"%s" ' $batch)
    no_complaints "with overrides: $batch" "($evaluate).overridden $work/overridden [ $nix ]"
  done < <(names_of "$work/overridden" | xargs -n 12)
}

# The hosts of a folder, one a line, as their files say.
names_of() { # folder
  find "$1" -maxdepth 1 -name '*.toml' -printf '%f\n' | sed 's/[.]toml$//' | LC_ALL=C sort
}

# What nftables will load, as text: evaluation sees no syntax. The build of a
# system checks it too, where Nix's own nftables can be had.
test_rulesets() {
  local folder name out
  in_nix sh -c 'command -v nft unshare >/dev/null' || { not_ok "nft" "it is missing: apt-get install nftables"; return; }
  for folder in "${folders[@]}"; do
    in_nix nix-instantiate --eval --strict --json -E "($evaluate).rulesets $folder" >"$work/rulesets.json"
    for name in $(grep -oE '"[a-z0-9-]+":"table' "$work/rulesets.json" | cut -d'"' -f2); do
      in_nix nix-instantiate --eval --raw -E "(builtins.fromJSON (builtins.readFile $work/rulesets.json)).\"$name\"" >"$work/$name.nft"
      if out=$(in_nix unshare --map-root-user --net nft --check --file "$work/$name.nft" 2>&1); then
        ok "nft --check of $name"
      else
        not_ok "nft --check of $name" "$out"
      fi
    done
  done
}

# Known to two programs: what the modules derive must be what the image writer
# derives (src/image/identifiers.rs has the same constants).
test_disk() {
  local disk='{ inherit ((e.sample [ ]).hostwright.disk) uuid rootUuid; }'
  same "disk and root of the sample have the identifiers of its image" \
    '{"rootUuid":"4065ace0-4ff2-5793-9cd7-921189f8b92f","uuid":"23cb0732-4ab5-5960-9517-8e91c5b1e236"}' \
    "$(in_nix nix-instantiate --eval --strict --json -E "let e = $evaluate; in $disk")"
}

# The sample with more, and what becomes of it.
sample_is() { # name, module, expression of the configuration, JSON
  same "$1" "$4" "$(in_nix nix-instantiate --eval --strict --json -E "let e = $evaluate; inherit (e) lib; in ($3) (e.sample [ ({ $2 }) ])")"
}

# What an image is made from, by firmware, target and revision.
test_images() {
  local spec='config: let s = config.system.build.hostwrightImage.spec; in [ s.firmware (builtins.attrNames s.grub) (config.fileSystems ? "/boot/efi") config.boot.loader.grub.efiSupport config.boot.loader.grub.devices ]'
  sample_is "an image for both firmwares" "" "$spec" '["hybrid",["bios","uefi"],true,true,["/dev/disk/hostwright"]]'
  sample_is "an image for a BIOS alone" 'hostwright.disk.firmware = "bios";' "$spec" '["bios",["bios"],false,false,["/dev/disk/hostwright"]]'
  sample_is "an image for UEFI alone" 'hostwright.disk.firmware = "uefi";' "$spec" '["uefi",["uefi"],true,true,["nodev"]]'
  local formats='config: config.hostwright.image.formats'
  sample_is "Hetzner's form" "" "$formats" '["raw.zst"]'
  sample_is "DigitalOcean's form" 'hostwright = { target = lib.mkForce "digitalocean"; network.ipv6 = false; network.interfaces = lib.mkForce { }; };' "$formats" '["qcow2.gz"]'
  sample_is "the revision of nixpkgs is in the manifest" 'system.nixos.revision = "0123456789abcdef";' \
    'config: config.system.build.hostwrightImage.spec.nixpkgs_revision' '"0123456789abcdef"'
  sample_is "a console for the last resort, on ARM too: the driver of the screen is in stage 1" "" \
    'config: builtins.elem "virtio_gpu" config.boot.initrd.kernelModules' 'true'
  sample_is "a panic and a hang end in a boot" "" \
    'config: [ (builtins.all (p: builtins.elem p config.boot.kernelParams) [ "panic=10" "boot.panic_on_fail" ]) config.systemd.enableEmergencyMode config.systemd.settings.Manager.RuntimeWatchdogSec ]' \
    '[true,false,"15s"]'
  sample_is "logs and old systems do not fill the disk" "" \
    'config: [ (lib.hasInfix "SystemMaxUse=500M" config.services.journald.extraConfig) config.nix.gc.automatic config.nix.settings.min-free ]' \
    '[true,true,536870912]'
}

# A file or an address of its own takes nothing from a link that its role gives it.
test_links() {
  local network='name: config: let n = config.systemd.network.networks.${name}; in [ n.networkConfig.DHCP n.networkConfig.IPv6AcceptRA n.dhcpV4Config.UseHostname (n.dhcpV4Config.UseGateway or true) (n.linkConfig.MTUBytes or null) ]'
  sample_is "a private link with an MTU is no way out" 'systemd.network.networks."40-private".linkConfig.MTUBytes = "1450";' \
    "($network) \"40-private\"" '["ipv4",false,false,false,"1450"]'
  sample_is "a private link known by its address is no way out" 'hostwright.network.interfaces.backup.mac = "86:00:00:2a:7d:e2";' \
    "($network) \"40-backup\"" '["ipv4",false,false,false,null]'
  sample_is "a public link with a name is a way out" 'hostwright.network.interfaces.wan.role = "public";' \
    "($network) \"40-wan\"" '["ipv4",false,false,true,null]'
  sample_is "a public link with a name has its IPv6" 'hostwright.network.interfaces.wan.role = "public";' \
    'config: lib.hasInfix "files=\"90-public 40-wan\"" config.systemd.services.hostwright-ipv6.script' 'true'
  sample_is "an address says more than a role" 'hostwright.network.interfaces.backup.mac = "86:00:00:2a:7d:e2";' \
    'config: lib.concatMap (line: let m = builtins.match ".*NAME=\"([a-z]+)\"" line; in if m == null then [ ] else m) (lib.splitString "\n" config.services.udev.extraRules)' '["private","backup"]'
}

# Tests of daemons need no Nix: their configuration is committed.
test_fixtures() {
  local out
  if out=$(in_nix "$project/tests/daemons/fixtures/refresh" --check 2>&1); then
    ok "tests/daemons has the configuration of hetzner-cpx31"
  else
    not_ok "tests/daemons has the configuration of hetzner-cpx31" "$out"
  fi
  # The oracle's copy of NixOS's own table: the sample's, with a mark for its rules.
  # A host's rules end with a line end, and the oracle puts such rules in, so the
  # mark has none: with one the copy would have a blank line more.
  local mark='@extraInputRules@'
  in_nix nix-instantiate --eval --raw -E "(($evaluate).sample [ ({ lib, ... }: { hostwright.firewall.input = lib.mkForce \"$mark\"; }) ]).networking.nftables.tables.nixos-fw.content" >"$work/nixos-fw.nft"
  same_file "tests/ufw has NixOS's own table" "$project/tests/ufw/nixos-fw.nft" "$work/nixos-fw.nft"
}

test_refusals() {
  no_complaints "tests/nix/refusals.nix" "($evaluate).refusals"
}

# The sample with one wrong value.
wrong() { # name, words, module
  refuses "$1" "$2" nix-instantiate --eval --strict -E "(($evaluate).sample [ { hostwright.$3; } ]).system.build.toplevel.drvPath"
}

test_types() {
  wrong "an unknown hardening item" "The option \`hostwright.hardening.items.kernel_pointer' does not exist" 'hardening.items.kernel_pointer = true'
  wrong "an unknown level" "is not of type \`one of \"none\", \"standard\", \"strict\"'" 'hardening.level = "paranoid"'
  wrong "an address in capitals" "A definition for option \`hostwright.network.interfaces.lan.mac' is not of type" 'network.interfaces.lan.mac = "86:00:00:2A:7D:E0"'
  wrong "a pattern that nft would read as syntax" "A definition for option \`hostwright.firewall.bridges.\"[definition 1-entry 1]\"' is not of type" 'firewall.bridges = [ "podman+" ]'
}

test_literals() {
  local out
  if out=$(NIX_INSTANTIATE=$nix_instantiate cargo test --locked --quiet --features tier2 --test literals 2>&1); then
    ok "500 random values, written as TOML, rendered, evaluated"
  else
    not_ok "500 random values, written as TOML, rendered, evaluated" "$out"
  fi
}
