# Nothing but the description opens a port. On the result, not on the modules that
# may open one: some do so without a switch.
{ config, lib, ... }:
let
  cfg = config.hostwright.firewall;
  host = config.hostwright.host;

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
  assertions = lib.mapAttrsToList nothingElseOpens config.networking.firewall.allInterfaces;
}
