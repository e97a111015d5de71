# The VM test of one host, with any package set.
{ pkgs, fleet, hosts, name }:
import ../tests/vm {
  inherit pkgs name;
  hostwright = pkgs.callPackage ./package.nix { };
  modules = fleet.hostModules hosts name;
  description = hosts + "/${name}.toml";
}
