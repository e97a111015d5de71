# What a system from an image does once: it tells Nix of the store that came with it.
{ config, lib, ... }:
let
  registration = "/nix-path-registration";
in
{
  config = lib.mkIf config.nix.enable {
    systemd.services.hostwright-register = {
      description = "Register the store paths of the image";
      unitConfig = {
        DefaultDependencies = false;
        ConditionPathExists = registration;
        RequiresMountsFor = [ "/nix/var/nix" ];
      };
      wantedBy = [ "sysinit.target" ];
      # A collection of garbage before it would delete the system.
      before = [
        "sysinit.target"
        "shutdown.target"
        "nix-daemon.socket"
        "nix-daemon.service"
      ];
      after = [ "local-fs.target" ];
      conflicts = [ "shutdown.target" ];
      restartIfChanged = false;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      # Loading is one transaction, and loading twice is loading once: after a power
      # cut at any moment the next boot does what is missing.
      script = ''
        ${lib.getExe' config.nix.package "nix-store"} --load-db <${registration}
        rm ${registration}
      '';
    };
  };
}
