# The disk of every target: one layout for BIOS and UEFI, virtio-scsi and virtio-blk.
# GPT: "bios" (GRUB's core, x86 only), "esp", and last "root", which grows.
{ config, lib, modulesPath, pkgs, ... }:
let
  cfg = config.hostwright;
  uefiOnly = pkgs.stdenv.hostPlatform.isAarch64;
  # The first 16 bytes of a SHA-256 as UUID version 8 (RFC 9562, 5.8). The image
  # writer derives the same: never random, so that two builds are equal.
  hex = builtins.hashString "sha256" "hostwright layout 1 ${cfg.host} disk";
  part = from: length: lib.substring from length hex;
in
{
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") ];

  options.hostwright.disk.uuid = lib.mkOption {
    type = lib.types.strMatching "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    default = "${part 0 8}-${part 8 4}-8${part 13 3}-8${part 17 3}-${part 20 12}";
    defaultText = lib.literalMD "derived from the name of the host";
    description = "GUID of the GPT, by which the host knows its disk on every bus.";
    example = "0a8b3e0c-6c7e-8d51-8f0e-3b5d2c4e6f70";
  };

  config = {
    fileSystems."/" = {
      device = "/dev/disk/by-partlabel/root";
      fsType = "ext4";
      autoResize = true;
    };
    # Not where a test has put another root in place of ours.
    boot.growPartition = !config.boot.isContainer && config.fileSystems."/".device == "/dev/disk/by-partlabel/root";
    fileSystems."/boot/efi" = {
      device = "/dev/disk/by-partlabel/esp";
      fsType = "vfat";
      # The system runs without it; only a change of GRUB writes there.
      options = [ "umask=0077" "nofail" ];
    };

    # sda at one provider is vda at the other.
    services.udev.extraRules = ''
      SUBSYSTEM=="block", ENV{DEVTYPE}=="disk", ENV{ID_PART_TABLE_UUID}=="${cfg.disk.uuid}", SYMLINK+="disk/hostwright"
    '';
    boot.loader.grub = {
      enable = lib.mkDefault true;
      devices = lib.mkDefault [ (if uefiOnly then "nodev" else "/dev/disk/hostwright") ];
      efiSupport = true;
      # Firmware in the cloud starts with empty variables.
      efiInstallAsRemovable = true;
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
      (if uefiOnly then "console=ttyAMA0" else "console=ttyS0,115200")
      "console=tty0"
    ];
  };
}
