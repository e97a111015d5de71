# A machine beside the host: it knocks, and serves what the host may reach.
{
  imports = [ ./agent.nix ];
  networking.useNetworkd = true;
  networking.firewall.enable = false;
  # Its stub would hold port 53.
  services.resolved.enable = false;
  documentation.enable = false;
  nix.enable = false;
}
