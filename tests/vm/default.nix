# The VM test of one host: its real modules, an outsider and an operator, and
# the facts of its description proven one by one. A function of `pkgs`, so that
# it runs with any package set.
{
  pkgs,
  # Name of the host, and all modules that it is made of.
  name,
  modules,
  # The description, and the program that derives its facts.
  description,
  hostwright,
  # The facts as a file. The script reads them when it runs, or those that
  # HOSTWRIGHT_FACTS names: evaluation never sees them.
  facts ? "${pkgs.runCommand "facts-${name}.json" { nativeBuildInputs = [ hostwright ]; } ''
    mkdir hosts
    cp ${description} hosts/${name}.toml
    hostwright facts ${name} --json > $out
  ''}",
  # Also break the host in every way and expect the very fact to fail; so does
  # HOSTWRIGHT_TWINS. HOSTWRIGHT_KINDS limits a run to the named kinds of facts.
  twins ? false,
}:
let
  inherit (pkgs) lib;
  # The test framework takes the host's swap away; this is what it was.
  swapDevices =
    (import (pkgs.path + "/nixos/lib/eval-config.nix") {
      system = null;
      modules = modules ++ [ { nixpkgs.pkgs = pkgs; } ];
    }).config.swapDevices;
in
pkgs.testers.runNixOSTest {
  name = "vm-${name}${lib.optionalString twins "-twins"}";

  nodes.server =
    { options, ... }:
    {
      imports = modules ++ [ ./agent.nix ];
      # Framework: 10. Only what was written, not what NixOS computes from it.
      swapDevices = lib.mkOverride 9 (map (swap: { inherit (swap) device size priority; }) swapDevices);
      virtualisation = {
        memorySize = 1536;
      }
      // lib.optionalAttrs (options.virtualisation ? diskSize) {
        diskSize = 2048 + lib.foldl' (sum: swap: sum + swap.size) 0 swapDevices;
      };
    };
  nodes.outside = ./probe.nix;
  nodes.operator = ./probe.nix;

  # The script imports its modules, of which mypy sees nothing.
  skipTypeCheck = true;
  testScript = ''
    import os
    import sys

    sys.path.insert(0, "${./.}")
    from prover import run

    run.run(
        machines={"server": server, "outside": outside, "operator": operator},
        facts=os.environ.get("HOSTWRIGHT_FACTS") or "${facts}",
        twins=${if twins then "True" else "False"} or "HOSTWRIGHT_TWINS" in os.environ,
        kinds=os.environ.get("HOSTWRIGHT_KINDS", "").split(),
    )
  '';
}
