# Nothing but the description opens a port. On the result, not on the modules that
# may open one: some do so without a switch.
{ config, lib, ... }:
let
  cfg = config.hostwright.firewall;
  host = config.hostwright.host;
  firewall = config.networking.firewall;
  nftables = config.networking.nftables;

  declared =
    name:
    lib.any (
      p: p == name || lib.hasSuffix "*" p && lib.hasPrefix (lib.removeSuffix "*" p) name
    ) cfg.bridges;
  # What an interface admits by lists, in UFW's words ("53/udp", "60000:61000/udp").
  opened =
    name: lists:
    let
      of =
        proto: ports: ranges:
        map (p: "${toString p}/${proto}") (ports ++ map (r: "${toString r.from}:${toString r.to}") ranges);
    in
    lib.subtractLists
      (lib.optionals (declared name) [
        "53/tcp"
        "53/udp"
      ])
      (
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
      message = "firewall of ${host}: another module opens ${toString ports} on ${where}, past the rules of the description: write ${
        lib.concatMapStringsSep ", " (rule name) ports
      } in firewall.rules if that is wanted, and set the module's `openFirewall` to false";
    };
in
{
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
}
