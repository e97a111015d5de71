# The rules of the description, rendered twice by hostwright.
{ config, lib, ... }:
let
  cfg = config.hostwright.firewall;
in
{
  options.hostwright.firewall = {
    guard = lib.mkOption {
      type = lib.types.str;
      description = ''
        Content of table `inet hostwright`: all rules in order, enforced before
        destination NAT, so that they hold for ports published by containers.
      '';
      example = "chain prerouting { type filter hook prerouting priority dstnat - 5; policy accept; }";
    };
    input = lib.mkOption {
      type = lib.types.str;
      description = ''
        The same rules for `networking.firewall.extraInputRules`, without limits
        and logs: an accept is final only for its own table, so a port must be
        accepted in both.
      '';
      example = "tcp dport { 22, 443 } accept";
    };
    bridges = lib.mkOption {
      type = lib.types.listOf (lib.types.strMatching "[a-zA-Z0-9._-]+\\*?");
      default = [ ];
      description = "Container bridges, by name or by prefix and `*`, that may ask this host for names (port 53).";
      example = [ "podman*" ];
    };
  };

  config = {
    networking.nftables.enable = true;
    # Deletes and makes this table only, in one transaction: bans and the tables
    # of container engines survive a reload.
    networking.nftables.tables.hostwright = {
      family = "inet";
      content = cfg.guard;
    };
    networking.firewall = {
      enable = true;
      extraInputRules = cfg.input;
      interfaces = lib.genAttrs cfg.bridges (_: {
        allowedTCPPorts = [ 53 ];
        allowedUDPPorts = [ 53 ];
      });
    };
  };
}
