# How the kernel uses the swap that the description asks for (`swapDevices`, `zramSwap`).
{
  config,
  lib,
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
    # zram has no seek to save by reading eight pages at once.
    boot.kernel.sysctl."vm.page-cluster" = lib.mkIf zram (lib.mkDefault 0);

    # Before NixOS writes every byte of it: reserved at once and under its name only
    # when it is complete, so that a power cut leaves no file that cannot be used.
    systemd.services = lib.listToAttrs (
      map (
        file:
        lib.nameValuePair "mkswap-${utils.escapeSystemdPath file.realDevice}" {
          # Until then the disk is as small as the image.
          after = [ "systemd-growfs-root.service" ];
          preStart = ''
            kind=
            if [ -s "$DEVICE" ]; then
              # 2 says that nothing was recognised; any other failure ends this unit.
              kind=$(blkid --probe --output value --match-tag TYPE "$DEVICE") || [ $? = 2 ]
              if [ "$kind" != swap ]; then
                echo "$DEVICE holds something else than swap and stays as it is: move it away, or write another path in [swap]"
                exit 1
              fi
            fi
            if [ "$kind" != swap ] || [ "$(stat --format=%s "$DEVICE")" != ${
              toString (file.size * 1024 * 1024)
            } ]; then
              # What a full disk could reserve must not stay.
              trap 'rm --force "$DEVICE.new"' EXIT
              rm --force "$DEVICE.new"
              fallocate --length ${toString file.size}MiB "$DEVICE.new"
              mkswap --quiet "$DEVICE.new"
              sync "$DEVICE.new"
              mv --force "$DEVICE.new" "$DEVICE"
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
        message = "swap of ${host}: the folder of ${file.device} may not exist when the file is made: write file_path = \"/var/lib/swapfile\" in [swap]";
      }) files
      ++ map (file: {
        assertion = !zram || file.priority != null && file.priority < config.zramSwap.priority;
        message = "swap of ${host}: ${file.device} is used before zram fills up: write a file_priority below ${toString config.zramSwap.priority} in [swap]";
      }) files;
  };
}
