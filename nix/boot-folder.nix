# /boot of a first generation, written by NixOS's own installer script, which is
# told of a machine that does not exist yet: where its root will be, what UUID
# its file system will have, and that GRUB's code is placed by somebody else.
# Every change of the script must apply: nixpkgs that changed it fails here.
{
  config,
  lib,
  pkgs,
  toplevel,
  # GRUB's folders of modules, and the font of its graphical menu.
  modules,
  font,
}:
pkgs.runCommand "${config.hostwright.host}-boot"
  {
    inherit font modules toplevel;
    inherit (config.hostwright.disk) rootUuid;
    installer = config.system.build.installBootLoader;
    # The menu shows the day of a generation as the machine sees it.
    TZ = config.time.timeZone;
    TZDIR = "${pkgs.tzdata}/share/zoneinfo";
  }
  ''
    # The order of keys in `state` must not be random.
    export root=$out PERL_HASH_SEED=0
    mkdir -p "$root/boot/efi" "$root/boot/grub" "$root/nix/var/nix/profiles"
    ln -s "$toplevel" "$root/nix/var/nix/profiles/system-1-link"
    # The time that everything in an image has.
    touch --no-dereference --date=@1 "$root/nix/var/nix/profiles/system-1-link"

    # One file system for all, as on the machine.
    cat >mountinfo <<END
    1 0 8:3 / / rw - ext4 /dev/root rw
    2 1 8:3 / $root rw - ext4 /dev/root rw
    END
    printf '#!%s\necho UUID=%s\n' "$SHELL" "$rootUuid" >blkid
    chmod +x blkid

    script=$(grep -oE '/nix/store/[^ ]*-install-grub\.pl' "$installer" | sort -u)
    cp "$script" install-grub.pl
    substituteInPlace install-grub.pl \
      --replace-fail 'my $bootPath = get("bootPath");' 'my $bootPath = $ENV{root} . get("bootPath");' \
      --replace-fail 'stat($bootPath)->dev != stat("/nix/store")->dev' '0' \
      --replace-fail '/proc/self/mountinfo' "$PWD/mountinfo" \
      --replace-fail '"${pkgs.util-linux}/bin/blkid"' "\"$PWD/blkid\"" \
      --replace-fail '"/nix/var/nix/profiles/system' "\"$root/nix/var/nix/profiles/system" \
      --replace-fail '(system @command) == 0' '1'
    substitute "$installer" install-grub.sh --replace-fail "$script" "$PWD/install-grub.pl"
    bash install-grub.sh "$toplevel"

    # What grub-install leaves there, for menus that load modules.
    for folder in $modules; do
      target=$root/boot/grub/$(basename "$folder")
      mkdir -p "$target"
      cp "$folder"/*.mod "$folder"/*.lst "$target"
    done
    mkdir -p "$root/boot/grub/fonts"
    cp "$font" "$root/boot/grub/fonts/"
    rm -r "$root/nix"
    ! grep -r "$root" "$root/boot/grub"/{grub.cfg,state}
  ''
