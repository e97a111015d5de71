# DigitalOcean: droplets of custom images get IPv4 by DHCP, and cannot have IPv6.
{ config, lib, ... }:
{
  config = lib.mkIf (config.hostwright.target == "digitalocean") {
    systemd.network.networks."90-public".networkConfig.IPv6AcceptRA = false;

    assertions = [
      {
        assertion = !config.hostwright.network.ipv6;
        message = "network of ${config.hostwright.host}: DigitalOcean gives droplets of custom images no IPv6: write ipv6 = false in [network]";
      }
    ];
  };
}
