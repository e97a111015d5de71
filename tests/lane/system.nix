# A host's system with Debian's programs: modules as nix/fleet.nix lists them.
{
  nixpkgs ? builtins.getEnv "NIXPKGS",
  hosts,
  name,
}:
let
  pkgs = import ./pkgs.nix { inherit nixpkgs; };
  fleet = import ../../nix/fleet.nix {
    nixpkgs = { inherit (pkgs) lib; };
    self.nixosModules.default = ../../modules;
  };
in
import (nixpkgs + "/nixos/lib/eval-config.nix") {
  system = null;
  modules = [
    { nixpkgs.pkgs = pkgs; }
    ./debian.nix
  ]
  ++ fleet.hostModules (/. + hosts) name;
}
