# A host with Debian's programs, from any folder of descriptions.
{ hosts, name }:
let
  lane = (import ./flake.nix).outputs { self = null; };
  fleet = import ../../nix/fleet.nix {
    nixpkgs = lane;
    self.nixosModules.default = ../../modules;
  };
in
(fleet.mkFleet { hosts = /. + hosts; }).${name}
