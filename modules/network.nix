# networkd, which waits for nothing and keeps the connection of a switch.
{ lib, ... }:
{
  options.hostwright.network.ipv6 = lib.mkOption {
    type = lib.types.bool;
    default = true;
    description = "Whether the host has a public IPv6 address.";
    example = false;
  };

  config = {
    networking.useNetworkd = true;
    networking.useDHCP = false;
    # Nothing waits for the network that does not need it.
    systemd.network.wait-online.enable = lib.mkDefault false;
    # A switch keeps the connection it came through.
    systemd.services.systemd-networkd.stopIfChanged = false;
    systemd.services.systemd-resolved.stopIfChanged = false;

    # After the 40-* that `networking.interfaces` makes, so that those win.
    systemd.network.networks."90-public" = {
      matchConfig = {
        Type = "ether";
        Kind = "!*"; # no bridges and veths of containers
      };
      networkConfig.DHCP = lib.mkDefault "ipv4";
      # The name is that of the description.
      dhcpV4Config.UseHostname = false;
    };
  };
}
