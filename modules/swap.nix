# How the kernel uses the swap that the description asks for (`swapDevices`, `zramSwap`).
{ config, lib, ... }:
let
  zram = config.zramSwap.enable;
  files = lib.filter (s: s.size != null) config.swapDevices;
  host = config.hostwright.host;
in
{
  config = lib.mkIf (zram || config.swapDevices != [ ]) {
    boot.kernel.sysctl = {
      # Disk: only when there is nothing else to drop. zram: swapping costs
      # microseconds, dropping the page cache a read from disk.
      "vm.swappiness" = lib.mkDefault (if zram then 150 else 10);
      # zram has no seek to save by reading eight pages at once.
      "vm.page-cluster" = lib.mkIf zram (lib.mkDefault 0);
    };

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
