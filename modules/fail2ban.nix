# Bans that hold for everything the host serves. On or off, times and exempt
# addresses come from the description as `services.fail2ban.*`.
{ config, lib, ... }:
let
  cfg = config.services.fail2ban;
  # Upstream's action hooks `input`, which a port published by a container never
  # passes. Ours drops in prerouting, ahead of our own table (dstnat - 5 = -105),
  # and for all ports: a banned address reaches nothing.
  banaction = "nftables-allports[chain_hook=prerouting, chain_priority=-110, blocktype=drop]";
in
{
  config = {
    services.fail2ban = lib.mkIf cfg.enable {
      inherit banaction;
      banaction-allports = banaction;

      # Doubles with every ban of the address, up to a week; the random part
      # keeps a botnet from knowing when to come back.
      bantime-increment = {
        enable = lib.mkDefault true;
        maxtime = lib.mkDefault "168h";
        rndtime = lib.mkDefault "8m";
        overalljails = lib.mkDefault true;
      };
      # Longer than `maxtime`: a purged ban would start from the beginning.
      daemonSettings.Definition.dbpurgeage = lib.mkDefault "30d";

      # "All ports" means those of one protocol, TCP by default.
      jails.DEFAULT.settings.protocol = lib.mkDefault "tcp,udp";

      # `normal` does not count tries for root on a host that takes keys only.
      jails.sshd.settings.mode = lib.mkDefault "aggressive";
    };

    # Who is exempt from bans is exempt from sshd's own penalties, or a deploy
    # that connects often is refused by the other of the two. sshd has its
    # penalties without fail2ban, too.
    services.openssh.settings.PerSourcePenaltyExemptList = lib.mkIf (cfg.ignoreIP != [ ]) (
      lib.concatStringsSep "," cfg.ignoreIP
    );
  };
}
