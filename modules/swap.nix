# How the kernel uses the swap that the description asks for (`swapDevices`, `zramSwap`).
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  zram = config.zramSwap.enable;
  files = lib.filter (s: s.size != null) config.swapDevices;
  host = config.hostwright.host;
in
{
  # Swap that cannot be had keeps no server from starting.
  options.swapDevices = lib.mkOption {
    type = lib.types.listOf (lib.types.submodule { config.options = lib.mkDefault [ "nofail" ]; });
  };

  config = lib.mkIf (zram || config.swapDevices != [ ]) {
    boot.kernel.sysctl = {
      # Disk: only when there is nothing else to drop. zram: swapping costs
      # microseconds, dropping the page cache a read from disk.
      "vm.swappiness" = lib.mkDefault (if zram then 150 else 10);
      # zram has no seek to save by reading eight pages at once.
      "vm.page-cluster" = lib.mkIf zram (lib.mkDefault 0);
    };

    # Before NixOS writes every byte of it: reserved at once and under its name only
    # when it is complete, so that a power cut leaves no file that cannot be used.
    systemd.services = lib.listToAttrs (
      map (
        file:
        lib.nameValuePair "mkswap-${utils.escapeSystemdPath file.realDevice}" {
          # Until then the disk is as small as the image.
          after = [ "systemd-growfs-root.service" ];
          preStart = ''
            if [ "$(blkid --probe --output value --match-tag TYPE "$DEVICE" || true)" != swap ]; then
              # What a full disk could reserve must not stay.
              trap 'rm --force "$DEVICE.new"' EXIT
              rm --force "$DEVICE" "$DEVICE.new"
              fallocate --length ${toString file.size}MiB "$DEVICE.new"
              mkswap --quiet "$DEVICE.new"
              sync "$DEVICE.new"
              mv "$DEVICE.new" "$DEVICE"
            fi
          '';
        }
      ) files
    );

    assertions =
      map (file: {
        # mkswap's unit makes the file before it makes the folder.
        assertion = lib.elem (dirOf file.device) [
          "/"
          "/var/lib"
        ];
        message = "swap of ${host}: the folder of ${file.device} may not exist when the file is made: write `file = { path = \"/var/lib/swapfile\", ... }` in [swap]";
      }) files
      ++ map (file: {
        assertion = !zram || file.priority != null && file.priority < config.zramSwap.priority;
        message = "swap of ${host}: ${file.device} is used before zram fills up: write a priority below ${toString config.zramSwap.priority} for the file in [swap]";
      }) files;
  };
}
