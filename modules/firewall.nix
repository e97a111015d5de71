# The rules of the description, rendered twice by hostwright, and the proof that nothing else opens a port.
{ config, lib, ... }:
let
  cfg = config.hostwright.firewall;
  host = config.hostwright.host;
  firewall = config.networking.firewall;
  nftables = config.networking.nftables;

  declared = name: lib.any (p: p == name || lib.hasSuffix "*" p && lib.hasPrefix (lib.removeSuffix "*" p) name) cfg.bridges;
  # What an interface admits by lists, in UFW's words ("53/udp", "60000:61000/udp").
  opened =
    name: lists:
    let
      of = proto: ports: ranges: map (p: "${toString p}/${proto}") (ports ++ map (r: "${toString r.from}:${toString r.to}") ranges);
    in
    lib.subtractLists (lib.optionals (declared name) [ "53/tcp" "53/udp" ]) (
      of "tcp" lists.allowedTCPPorts lists.allowedTCPPortRanges
      ++ of "udp" lists.allowedUDPPorts lists.allowedUDPPortRanges
    );
  # The rule to write: the short form has no interface.
  rule =
    name: port:
    if name == "default" then
      "\"allow ${port}\""
    else
      "\"allow in on ${name} to any port ${lib.replaceStrings [ "/" ] [ " proto " ] port}\"";
  nothingElseOpens =
    name: lists:
    let
      ports = opened name lists;
      where = if name == "default" then "every interface" else name;
    in
    {
      assertion = ports == [ ];
      message = "firewall of ${host}: another module opens ${toString ports} on ${where}, past the rules of the description: write ${lib.concatMapStringsSep ", " (rule name) ports} in firewall.rules if that is wanted, and set the module's `openFirewall` to false";
    };
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

    # On the result, not on the modules: some open ports without a switch.
    assertions = lib.mapAttrsToList nothingElseOpens firewall.allInterfaces ++ [
      {
        assertion = firewall.enable && firewall.backend == "nftables" && nftables.enable;
        message = "firewall of ${host}: it is switched off or not nftables: remove `networking.firewall.enable`, `networking.firewall.backend` and `networking.nftables.enable`; to admit everything write default_incoming = \"allow\" in [firewall]";
      }
      {
        assertion = lib.remove "lo" firewall.trustedInterfaces == [ ];
        message = "firewall of ${host}: networking.firewall.trustedInterfaces admits everything from ${toString (lib.remove "lo" firewall.trustedInterfaces)}: write \"allow in on INTERFACE\" in firewall.rules instead";
      }
      {
        assertion = firewall.extraInputRules == cfg.input;
        message = "firewall of ${host}: another module adds to networking.firewall.extraInputRules, unordered with the rules of the description: write those ports in firewall.rules instead";
      }
      {
        assertion = nftables.ruleset == "" && nftables.rulesetFile == null;
        message = "firewall of ${host}: networking.nftables.ruleset makes every reload flush the tables of fail2ban and of containers: use networking.nftables.tables.NAME instead";
      }
      {
        assertion = !nftables.flushRuleset;
        message = "firewall of ${host}: networking.nftables.flushRuleset deletes bans and container networks on every reload: remove it";
      }
      {
        assertion = !firewall.filterForward;
        message = "firewall of ${host}: networking.firewall.filterForward cuts containers off and does not close published ports (table `inet hostwright` does): remove it";
      }
    ];
  };
}
