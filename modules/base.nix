# What every server wants whatever it serves: it comes back by itself, and never fills its disk.
{ lib, ... }:
{
  # The description is the only place where users are made.
  users.mutableUsers = false;

  # Nobody sits at the console: carry on without the failed mount, reboot after
  # a panic and when the machine hangs.
  systemd.enableEmergencyMode = false;
  boot.kernelParams = [
    "panic=10"
    # Stage 1, too: a root that does not appear is looked for again.
    "boot.panic_on_fail"
  ];
  systemd.settings.Manager = {
    RuntimeWatchdogSec = lib.mkDefault "15s";
    RebootWatchdogSec = lib.mkDefault "30s";
  };

  time.timeZone = lib.mkDefault "UTC";

  # No server reads manuals; the option manual alone takes longer to evaluate
  # than the rest of a small host.
  documentation.enable = lib.mkDefault false;
  documentation.nixos.enable = lib.mkDefault false;
  environment.defaultPackages = lib.mkDefault [ ];
  programs.command-not-found.enable = lib.mkDefault false;

  # What installs a system, and a second way to look at options, is for laptops.
  system.tools =
    lib.genAttrs
      [
        "nixos-build-vms"
        "nixos-enter"
        "nixos-generate-config"
        "nixos-install"
        "nixos-option"
      ]
      (_: {
        enable = lib.mkDefault false;
      });

  # systemd's own cap is a tenth of the file system.
  services.journald.extraConfig = lib.mkDefault ''
    SystemMaxUse=500M
    SystemKeepFree=1G
    MaxRetentionSec=30day
  '';
  boot.tmp.cleanOnBoot = lib.mkDefault true;
}
