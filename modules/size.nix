# What no server of ours uses stays out of its system and of its image.
{ lib, ... }:
let
  off = lib.mkDefault false;
in
{
  # Nobody reads manuals there; there is no desktop to draw fonts or icons for.
  documentation.man.enable = off;
  fonts.fontconfig.enable = off;
  xdg.autostart.enable = off;
  xdg.icons.enable = off;
  xdg.menus.enable = off;
  xdg.mime.enable = off;
  xdg.sounds.enable = off;

  # The disk is one ext4 on one partition.
  services.lvm.enable = off;
  boot.bcache.enable = off;
}
