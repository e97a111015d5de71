# An overlay: the NixOS test framework with machines that run Debian's programs.
# `container` makes the `nodes` of every test containers.
{ container }:
final: prev:
let
  inherit (final) lib;

  inContainers =
    t:
    removeAttrs t [ "nodes" ]
    // {
      containers = t.containers or { } // t.nodes or { };
      testScript =
        if lib.isFunction t.testScript then
          { containers, ... }:
          t.testScript (
            builtins.intersectAttrs (lib.functionArgs t.testScript) {
              inherit containers;
              nodes = containers;
            }
          )
        else
          t.testScript;
      # What its machines see as `nodes`.
      containerDefaults = { containers, ... }: {
        imports = [ ./nspawn.nix ];
        _module.args.nodes = lib.mkForce containers;
      };
    };
  contained =
    test:
    let
      t = if builtins.isPath test then import test else test;
    in
    if lib.isFunction t then lib.mirrorFunctionArgs t (args: inContainers (t args)) else inContainers t;
in
{
  testers = prev.testers // {
    runNixOSTest =
      test:
      prev.testers.runNixOSTest {
        imports = [ (if container then contained test else test) ];
        nodeDefaults = ./vm.nix;
        containerDefaults = lib.mkIf (!container) ./nspawn.nix;
        # Debian has neither mypy's stubs nor the linters of the framework.
        skipTypeCheck = true;
        skipLint = true;
      };
  };
}
