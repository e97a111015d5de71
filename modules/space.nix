# A switch that would run out of space half way is refused before it changes anything.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  esp = config.hostwright.disk.firmware != "bios";
  # MiB. Root: the menu, /etc, the journal and what services write while they
  # restart; the new system itself is there already. ESP: a new GRUB beside the old.
  root = 128;
  efi = 4;
  check = path: need: ''
    { read -r _; read -r free; } < <(${lib.getExe' pkgs.coreutils "df"} --output=avail --block-size=1M ${path})
    if [ "$free" -lt ${toString need} ]; then
      echo "no space for a switch: ${path} has $free MiB left and needs ${toString need}: free some with nix-collect-garbage -d, or make the disk larger"
      exit 1
    fi
  '';
in
{
  config.system.preSwitchChecks.hostwright-space = ''
    ${check "/" root}
    ${lib.optionalString esp ''
      # Only these two write the menu and boot code.
      case ''${2:-} in
        switch | boot) ${check "/boot/efi" efi} ;;
      esac
    ''}
  '';
}
