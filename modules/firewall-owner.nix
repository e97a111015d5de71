# The description's list is the whole firewall: nothing switches it off, adds to it
# out of order, or wipes the tables beside it.
{ config, lib, ... }:
let
  cfg = config.hostwright.firewall;
  host = config.hostwright.host;
  firewall = config.networking.firewall;
  nftables = config.networking.nftables;
in
{
  assertions = [
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
