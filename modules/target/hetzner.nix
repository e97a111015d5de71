# Hetzner Cloud: DHCP for IPv4; IPv6 is one routed /64 that only the metadata service tells.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.hostwright;
  private = "86:*";
in
{
  config = lib.mkIf (cfg.target == "hetzner") {
    # Private links have addresses 86:..., public ones 92:... and 96:...
    # (cloud-init's EXTRA_HOTPLUG_UDEV_RULES for Hetzner).
    hostwright.network.roles = {
      inherit private;
      public = "9[26]:*";
    };

    # There are no router advertisements, and no DHCPv6.
    systemd.network.networks."90-public".networkConfig.IPv6AcceptRA = false;

    # Address and route to the network come by DHCP, the way out does not.
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

    systemd.services.hostwright-ipv6 = lib.mkIf cfg.network.ipv6 {
      description = "IPv6 address from Hetzner's metadata service";
      wantedBy = [ "multi-user.target" ];
      after = [ "systemd-networkd.service" ];
      path = [
        pkgs.curl
        pkgs.gnugrep
        config.systemd.package
      ];
      serviceConfig = {
        Type = "exec";
        # Elsewhere (a test, a copy at home) the service would try for ever.
        ExecCondition = "${lib.getExe pkgs.gnugrep} -q Hetzner /sys/class/dmi/id/sys_vendor";
        # The link may come up minutes after the machine.
        Restart = "on-failure";
        RestartSec = 5;
        RemainAfterExit = true;
      };
      script = builtins.readFile ./hetzner-ipv6.sh;
    };
  };
}
