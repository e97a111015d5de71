# The disk of every target: one layout for BIOS and UEFI, virtio-scsi and virtio-blk.
# GPT: "bios" (GRUB's core, x86 only), "esp", and last "root", which grows.
{
  config,
  lib,
  modulesPath,
  pkgs,
  ...
}:
let
  cfg = config.hostwright;
  # UUID version 5 (RFC 9562): SHA-1 of a name space, as 16 bytes, and a name.
  # `hostwright image` derives the same of the host and the version of the layout:
  # never random, so that two images are equal.
  derive =
    what:
    let
      hex = builtins.hashString "sha1" "${builtins.readFile ./disk-namespace}${cfg.host}\n1\n${what}";
      part = from: length: lib.substring from length hex;
      # The two bits of the variant.
      variant = lib.elemAt (lib.stringToCharacters "89ab") (lib.mod (lib.fromHexString (part 16 1)) 4);
    in
    "${part 0 8}-${part 8 4}-5${part 13 3}-${variant}${part 17 3}-${part 20 12}";
  uuid = lib.types.strMatching "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
in
{
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") ];

  options.hostwright.disk = {
    uuid = lib.mkOption {
      type = uuid;
      default = derive "disk";
      defaultText = lib.literalMD "derived from the name of the host";
      description = "GUID of the GPT, by which the host knows its disk on every bus.";
      example = "0a8b3e0c-6c7e-5d51-8f0e-3b5d2c4e6f70";
    };
    rootUuid = lib.mkOption {
      type = uuid;
      default = derive "root file system";
      readOnly = true;
      internal = true;
      description = "UUID of the root file system, by which GRUB finds it.";
    };
    firmware = lib.mkOption {
      type = lib.types.enum [
        "hybrid"
        "bios"
        "uefi"
      ];
      default = if pkgs.stdenv.hostPlatform.isAarch64 then "uefi" else "hybrid";
      defaultText = lib.literalMD "`hybrid`; on aarch64 `uefi`";
      description = ''
        What the disk boots from: `hybrid` from BIOS and UEFI alike, `bios` without an
        EFI system partition, `uefi` without boot code for a BIOS.
      '';
      example = "bios";
    };
  };

  config = {
    fileSystems."/" = {
      device = "/dev/disk/by-partlabel/root";
      fsType = "ext4";
      autoResize = true;
    };
    # Not where a test has put another root in place of ours.
    boot.growPartition =
      !config.boot.isContainer && config.fileSystems."/".device == "/dev/disk/by-partlabel/root";
    fileSystems."/boot/efi" = lib.mkIf (cfg.disk.firmware != "bios") {
      device = "/dev/disk/by-partlabel/esp";
      fsType = "vfat";
      # The system runs without it; only a change of GRUB writes there.
      options = [
        "umask=0077"
        "nofail"
      ];
    };

    # sda at one provider is vda at the other.
    services.udev.extraRules = ''
      SUBSYSTEM=="block", ENV{DEVTYPE}=="disk", ENV{ID_PART_TABLE_UUID}=="${cfg.disk.uuid}", SYMLINK+="disk/hostwright"
    '';
  };
}
