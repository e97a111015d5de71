# What a host is: its name, its provider and its processor.
{ lib, ... }:
{
  options.hostwright = {
    host = lib.mkOption {
      # A host name of one label, RFC 1123; also the file name of the description.
      type = lib.types.strMatching "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
      description = "Name of the host: that of its description, without `.toml`.";
      example = "web";
    };
    target = lib.mkOption {
      type = lib.types.enum [
        "hetzner"
        "digitalocean"
        "qemu"
      ];
      description = "Where the host runs; decides on network, disk and console.";
      example = "hetzner";
    };
    system = lib.mkOption {
      type = lib.types.enum [
        "x86_64-linux"
        "aarch64-linux"
      ];
      default = "x86_64-linux";
      description = ''
        Processor of the machine type. `mkFleet` makes it `nixpkgs.hostPlatform`;
        a test, whose package set is given, does not.
      '';
      example = "aarch64-linux";
    };
  };
}
