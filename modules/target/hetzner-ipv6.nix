# Hetzner Cloud: IPv6 is one routed /64 that only the metadata service tells.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.hostwright;
in
{
  systemd.services.hostwright-ipv6 = lib.mkIf (cfg.target == "hetzner" && cfg.network.ipv6) {
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
    script = ''
      files="${lib.concatStringsSep " " cfg.network.publicFiles}"
      ${builtins.readFile ./hetzner-ipv6.sh}
    '';
  };
}
