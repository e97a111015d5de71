# The items of hardening.toml that the level and the description switch on.
{ config, lib, ... }:
let
  cfg = config.hostwright.hardening;
  items = lib.importTOML ./hardening.toml;
  levels = [
    "none"
    "standard"
    "strict"
  ];
  rank = level: lib.lists.findFirstIndex (l: l == level) null levels;

  option =
    _: item:
    lib.mkOption {
      type = lib.types.bool;
      default = rank item.level <= rank cfg.level;
      defaultText = lib.literalExpression "true from level ${item.level} on";
      description = "Against: ${item.threat}. Cost: ${item.cost}. Breaks: ${item.breaks}.";
      example = false;
    };
  settings =
    name: item:
    lib.mkIf cfg.items.${name} (
      lib.mkMerge (
        [ { boot.kernel.sysctl = item.sysctl or { }; } ]
        ++ lib.mapAttrsToList (path: lib.setAttrByPath (lib.splitString "." path)) (item.options or { })
      )
    );
in
{
  options.hostwright.hardening = {
    level = lib.mkOption {
      type = lib.types.enum levels;
      default = "standard";
      description = "`standard` costs a server nothing it needs; each item of `strict` may.";
      example = "strict";
    };
    items = lib.mapAttrs option items;
  };

  config = lib.mkMerge (lib.mapAttrsToList settings items);
}
