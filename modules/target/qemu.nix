# A machine on this computer: DHCP and router advertisements of QEMU's user network.
{ config, lib, ... }:
{
  config = lib.mkIf (config.hostwright.target == "qemu") {
    systemd.network.networks."90-public".networkConfig.IPv6AcceptRA = config.hostwright.network.ipv6;
  };
}
