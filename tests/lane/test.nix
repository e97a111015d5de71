# A test with Debian's programs: a file for the NixOS test framework, or the VM
# test of a host in hosts/.
# HOSTWRIGHT_FACTS names a file of facts, read when the test runs: then
# hostwright itself is not built here.
{
  nixpkgs,
  test,
  container,
  twins ? false,
}:
let
  pkgs = import ./pkgs.nix { inherit nixpkgs container; };
  fleet = import ../../nix/fleet.nix {
    nixpkgs = { inherit (pkgs) lib; };
    self.nixosModules.default = ../../modules;
  };
  # Other descriptions than the project's own, in the checkout.
  folder = builtins.getEnv "HOSTWRIGHT_HOSTS";
in
if pkgs.lib.hasSuffix ".nix" test then
  pkgs.testers.runNixOSTest (/. + test)
else
  import ../../nix/vm-test.nix {
    inherit pkgs fleet;
    hosts = if folder == "" then ../../hosts else /. + folder;
    name = test;
    arguments = {
      inherit twins;
    }
    // pkgs.lib.optionalAttrs (builtins.getEnv "HOSTWRIGHT_FACTS" != "") { facts = ""; };
  }
