# GRUB from BIOS and UEFI alike, on a machine at whose console nobody sits.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.hostwright.disk) firmware;
in
{
  config = {
    boot.loader.grub = {
      enable = lib.mkDefault true;
      devices = lib.mkDefault [ (if firmware == "uefi" then "nodev" else "/dev/disk/hostwright") ];
      efiSupport = firmware != "bios";
      # Firmware in the cloud starts with empty variables.
      efiInstallAsRemovable = firmware != "bios";
      # Each generation holds a kernel; the way back needs a few, not all.
      configurationLimit = lib.mkDefault 5;
      splashImage = null;
      # The same menu on the serial port and on the provider's screen.
      extraConfig = ''
        serial --unit=0 --speed=115200
        terminal_input --append serial
        terminal_output --append serial
      '';
    };
    boot.loader.efi = {
      canTouchEfiVariables = false;
      efiSysMountPoint = "/boot/efi";
    };
    boot.loader.timeout = lib.mkDefault 2;

    # The last one is /dev/console: web consoles show the screen.
    boot.kernelParams = [
      (if pkgs.stdenv.hostPlatform.isAarch64 then "console=ttyAMA0" else "console=ttyS0,115200")
      "console=tty0"
    ];
  };
}
