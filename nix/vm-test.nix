# The VM test of one host, with any package set. `arguments` are further ones of
# tests/vm.
{
  pkgs,
  fleet,
  hosts,
  name,
  arguments ? { },
}:
import ../tests/vm (
  {
    inherit pkgs name;
    hostwright = pkgs.callPackage ./package.nix { };
    modules = fleet.hostModules hosts name;
    description = hosts + "/${name}.toml";
  }
  // arguments
)
