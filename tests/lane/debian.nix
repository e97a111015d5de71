# NixOS on a Debian /usr: what differs from a machine of Nixpkgs's own packages.
{
  config,
  lib,
  pkgs,
  ...
}:
{
  # /bin/sh and /usr/bin/env are Debian's: links to them made by activation
  # would point at themselves.
  system.activationScripts.usrbinenv = lib.mkForce "";
  system.activationScripts.binsh = lib.mkForce "";

  # Its Python build needs tools that Debian's root does not have.
  system.tools.nixos-rebuild.enable = lib.mkDefault false;

  # Else a file from the source of skopeo.
  virtualisation.containers.policy = lib.mkDefault {
    default = [ { type = "insecureAcceptAnything"; } ];
  };

  # Their udev rules call programs by paths that NixOS refuses.
  services.lvm.enable = lib.mkDefault false;
  boot.bcache.enable = lib.mkDefault false;

  # Debian has no systemd-vconsole-setup.
  console.enable = lib.mkDefault false;

  # Debian does not have the program that this imports from.
  systemd.services.lastlog2-import.enable = lib.mkForce false;
  # /lib64 is Debian's.
  environment.ldso = lib.mkForce null;
  environment.stub-ld.enable = false;

  # Directories compiled into Debian's programs.
  systemd.services.nginx = lib.mkIf config.services.nginx.enable {
    serviceConfig.StateDirectory = "nginx";
  };
  services.logrotate.extraArgs = [
    "--state"
    "/var/lib/logrotate.status"
  ];
  systemd.tmpfiles.rules = [ "d /run/sshd 0755 root root -" ];
}
