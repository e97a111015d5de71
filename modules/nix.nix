# Nix on the server: what copies systems to it, and what keeps them from filling its disk.
{ lib, ... }:
{
  # A switch stays possible on a disk that is nearly full: Nix frees space
  # while it builds or copies (bytes).
  nix.settings.min-free = lib.mkDefault (512 * 1024 * 1024);
  nix.settings.max-free = lib.mkDefault (3 * 1024 * 1024 * 1024);
  nix.gc = {
    automatic = lib.mkDefault true;
    options = lib.mkDefault "--delete-older-than 14d";
    randomizedDelaySec = lib.mkDefault "45min";
  };
  nix.settings.experimental-features = [
    "nix-command"
    "flakes"
  ];
  # `nixos-rebuild --target-host` copies unsigned paths as a user who may
  # become root anyway.
  nix.settings.trusted-users = [ "@wheel" ];
  nix.channel.enable = lib.mkDefault false;
}
