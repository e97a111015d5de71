# The flake's checks, discovered: nothing is listed twice. A function of `pkgs`,
# so that they run with any package set.
{
  pkgs,
  fleet,
  hosts,
  systems,
}:
let
  inherit (pkgs) lib;
  # A host belongs to the checks of its own processor.
  mine = lib.filterAttrs (
    _: host: host.config.hostwright.system == pkgs.stdenv.hostPlatform.system
  ) systems;
  each =
    prefix: make:
    lib.mapAttrs' (name: host: lib.nameValuePair "${prefix}-${name}" (make name host)) mine;
in
{
  hostwright = pkgs.callPackage ./package.nix { };
}
// each "system" (_: host: host.config.system.build.toplevel)
// each "vm" (
  name: _:
  import ./vm-test.nix {
    inherit
      pkgs
      fleet
      hosts
      name
      ;
  }
)
