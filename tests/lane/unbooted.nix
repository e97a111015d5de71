# What a machine leaves out whose kernel is started by somebody else: a node of the
# test driver.
{ lib, ... }:
{
  boot.initrd.enable = false;
  boot.loader.grub.enable = false;
}
