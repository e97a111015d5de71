# Hetzner Cloud: DHCP for IPv4, on public and on private links.
{ config, lib, ... }:
let
  private = "86:*";
in
{
  config = lib.mkIf (config.hostwright.target == "hetzner") {
    # Private links have addresses 86:..., public ones 92:... and 96:...
    # (cloud-init's EXTRA_HOTPLUG_UDEV_RULES for Hetzner).
    hostwright.network.roles = {
      inherit private;
      public = "9[26]:*";
    };

    # There are no router advertisements, and no DHCPv6.
    systemd.network.networks."90-public".networkConfig.IPv6AcceptRA = false;

    # On private links address and route come by DHCP, the way out does not.
    services.udev.extraRules = ''
      SUBSYSTEM=="net", ACTION!="remove", ATTR{address}=="${private}", ENV{HOSTWRIGHT_ROLE}="private"
    '';
    systemd.network.networks."80-private" = {
      matchConfig.Property = "HOSTWRIGHT_ROLE=private";
      networkConfig = {
        DHCP = "ipv4";
        IPv6AcceptRA = false;
      };
      dhcpV4Config = {
        UseGateway = false;
        UseDNS = false;
        UseHostname = false;
      };
      linkConfig.RequiredForOnline = false;
    };
  };
}
