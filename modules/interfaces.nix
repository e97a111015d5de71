# Links known by address or role: names such as eth0 and enp1s0 differ between
# machine types of one provider.
{ config, lib, ... }:
let
  cfg = config.hostwright.network;
  host = config.hostwright.host;
  # A role is udev's pattern of a hardware address.
  isOf =
    pattern: mac:
    mac != null && builtins.match (lib.replaceStrings [ "*" ] [ ".*" ] pattern) mac != null;
  roleOf =
    link:
    if link.role != null then
      link.role
    else
      lib.findFirst (role: isOf cfg.roles.${role} link.mac) null (lib.attrNames cfg.roles);
  rule =
    name: link:
    ''SUBSYSTEM=="net", ACTION=="add", ATTR{type}=="1", ATTR{address}=="${
      if link.mac != null then link.mac else cfg.roles.${link.role}
    }", NAME="${name}"'';
  rules = lib.mapAttrsToList rule;
  byRole = lib.filterAttrs (_: link: link.role != null) cfg.interfaces;
  # A file of its own is read instead of that of its role: it begins with the same.
  network =
    name: link:
    let
      inherit (config.systemd.network) networks;
      public = networks."90-public";
      unnamed = if roleOf link == "private" then networks."80-private" or public else public;
      defaults = lib.mapAttrs (_: lib.mkDefault);
    in
    lib.nameValuePair "40-${name}" {
      matchConfig.Name = name;
      networkConfig = defaults unnamed.networkConfig;
      dhcpV4Config = defaults unnamed.dhcpV4Config;
      linkConfig = defaults unnamed.linkConfig;
    };
in
{
  options.hostwright.network = {
    interfaces = lib.mkOption {
      default = { };
      description = "Links that get a name of their own, for rules such as `allow in on private`.";
      example.private.role = "private";
      type = lib.types.attrsOf (
        lib.types.submodule {
          options.mac = lib.mkOption {
            type = lib.types.nullOr (lib.types.strMatching "([0-9a-f]{2}:){5}[0-9a-f]{2}");
            default = null;
            description = "Hardware address, lower case.";
            example = "86:00:00:2a:7d:e0";
          };
          options.role = lib.mkOption {
            type = lib.types.nullOr (
              lib.types.enum [
                "public"
                "private"
              ]
            );
            default = null;
            description = "Which link it is where the provider tells by address; at Hetzner.";
            example = "private";
          };
        }
      );
    };
    roles = lib.mkOption {
      type = lib.types.attrsOf lib.types.str;
      default = { };
      internal = true;
      description = "Role to the pattern of its hardware addresses; set by the target.";
    };
    publicFiles = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      internal = true;
      readOnly = true;
      default = [
        "90-public"
      ]
      ++ map (name: "40-${name}") (
        lib.attrNames (lib.filterAttrs (_: link: roleOf link == "public") cfg.interfaces)
      );
      description = "Names of networkd's files that may be about the public link.";
    };
  };

  config = {
    # The last name counts: a link that is known by its own address keeps that.
    services.udev.extraRules = lib.mkIf (cfg.interfaces != { }) (
      lib.concatStringsSep "\n" (
        rules byRole ++ rules (removeAttrs cfg.interfaces (lib.attrNames byRole))
      )
    );
    systemd.network.networks = lib.mapAttrs' network cfg.interfaces;

    assertions = lib.concatLists (
      lib.mapAttrsToList (name: link: [
        {
          assertion =
            lib.stringLength name <= 15
            && builtins.match "(eth|en|wl|ww|lo|veth|br-|docker|podman).*" name == null;
          message = "network of ${host}: ${name} cannot name a link: write [network.interfaces.NAME] with at most 15 letters and none of the kernel's own names (eth*, en*, lo)";
        }
        {
          assertion = (link.mac == null) != (link.role == null);
          message = "network of ${host}: link ${name} needs one way to know it: write either mac = \"...\" or role = \"private\" in [network.interfaces.${name}]";
        }
        {
          assertion = link.role == null || cfg.roles ? ${link.role};
          message = "network of ${host}: ${config.hostwright.target} does not tell which link is ${link.role}: write mac = \"...\" in [network.interfaces.${name}]";
        }
      ]) cfg.interfaces
    );
  };
}
