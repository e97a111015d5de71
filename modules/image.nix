# The image of the host, made from its system; nothing here enters the system itself,
# so that the system of the image is that of a deploy.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.hostwright;
  inherit (lib) types mkOption;
in
{
  options.hostwright.image = {
    formats = mkOption {
      type = types.nonEmptyListOf (
        types.enum [
          "raw"
          "raw.zst"
          "qcow2.gz"
        ]
      );
      # Hetzner's rescue system writes a raw disk; DigitalOcean imports gzip and bzip2 only.
      default = if cfg.target == "digitalocean" then [ "qcow2.gz" ] else [ "raw.zst" ];
      defaultText = lib.literalMD "what the provider takes";
      description = "Forms in which the image is written.";
      example = [
        "raw.zst"
        "qcow2.gz"
      ];
    };
    include = mkOption {
      type = types.listOf (
        types.submodule {
          options.source = mkOption {
            type = types.path;
            description = "Tree on the machine that builds.";
          };
          options.target = mkOption {
            type = types.strMatching "/.+";
            description = "Where it goes in the image.";
          };
        }
      );
      default = [ ];
      description = ''
        Trees copied into the image beside the store, such as data that the first boot
        must find. They belong to root and are not touched by later switches.
      '';
      example = lib.literalExpression ''[ { source = ./seed; target = "/srv/seed"; } ]'';
    };
    links = mkOption {
      type = types.attrsOf types.str;
      default = { };
      description = "Symbolic links in the image: path to target.";
      example."/srv/current" = "releases/1";
    };
    margin = mkOption {
      type = types.ints.positive;
      default = 128;
      description = "MiB left free for what is written before the root has grown.";
      example = 512;
    };
    descriptionHash = mkOption {
      type = types.nullOr types.str;
      default = null;
      internal = true;
      description = "Hash of the description, for the manifest; set by mkFleet.";
    };
    program = mkOption {
      type = types.package;
      default = pkgs.buildPackages.callPackage ../nix/package.nix { };
      defaultText = lib.literalMD "this hostwright";
      internal = true;
      description = "The hostwright that assembles the image.";
    };
  };

  config.system.build.hostwrightImage = import ../nix/image.nix { inherit config lib pkgs; };
}
