# The image of one host as a derivation: what NixOS's installer would leave in
# /boot, and `hostwright image assemble` on the closure. An ordinary build: no
# root, no virtual machine, no loop device.
{
  config,
  lib,
  pkgs,
}:
let
  cfg = config.hostwright;
  inherit (config.system.build) toplevel;
  inherit (pkgs.buildPackages) closureInfo e2fsprogs runCommand;
  grub = pkgs.grub2;
  grubEfi = pkgs.grub2.override { efiSupport = true; };
  uefiTarget = if pkgs.stdenv.hostPlatform.isAarch64 then "arm64-efi" else "x86_64-efi";
  bios = cfg.disk.firmware != "uefi";
  uefi = cfg.disk.firmware != "bios";

  boot = import ./boot-folder.nix {
    inherit
      config
      lib
      pkgs
      toplevel
      ;
    modules =
      lib.optional bios "${grub}/lib/grub/i386-pc"
      ++ lib.optional uefi "${grubEfi}/lib/grub/${uefiTarget}";
    font = "${grub}/share/grub/unicode.pf2";
  };

  spec = {
    name = cfg.host;
    architecture = if pkgs.stdenv.hostPlatform.isAarch64 then "aarch64" else "x86_64";
    inherit (cfg.disk) firmware;
    inherit toplevel;
    closure.registration = "${closureInfo { rootPaths = [ toplevel ]; }}/registration";
    include = cfg.image.include ++ [
      {
        source = "${boot}/boot";
        target = "/boot";
      }
    ];
    files = lib.mapAttrsToList (target: link: { inherit target link; }) cfg.image.links;
    grub =
      lib.optionalAttrs bios { bios = "${grub}/lib/grub/i386-pc"; }
      // lib.optionalAttrs uefi { uefi = "${grubEfi}/lib/grub/${uefiTarget}"; };
    tools = {
      mke2fs = "${lib.getBin e2fsprogs}/bin/mke2fs";
      grub_mkimage = "${pkgs.buildPackages.grub2}/bin/grub-mkimage";
    };
    margin_mib = cfg.image.margin;
    description_hash = cfg.image.descriptionHash;
    nixpkgs_revision = config.system.nixos.revision;
  };
in
runCommand "${cfg.host}-image"
  {
    spec = builtins.toJSON spec;
    passAsFile = [ "spec" ];
    nativeBuildInputs = [ cfg.image.program ];
    passthru = { inherit boot spec; };
    meta.description = "Disk image of the host ${cfg.host}";
  }
  ''
    hostwright image assemble "$specPath" --output "$out" ${
      lib.concatMapStringsSep " " (format: "--format ${format}") cfg.image.formats
    }
  ''
