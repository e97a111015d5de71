# Evaluates hosts as nix/fleet.nix makes them, and says what NixOS has against them.
{
  nixpkgs,
  system ? "x86_64-linux",
}:
let
  lib = import (nixpkgs + "/lib");
  # One package set for all: half of the time of an evaluation is making it.
  pkgs = import nixpkgs { inherit system; };
  fleet = import ../../nix/fleet.nix {
    nixpkgs = { inherit lib; };
    self.nixosModules.default = ../../modules;
  };
  evaluate =
    modules:
    (import (nixpkgs + "/nixos/lib/eval-config.nix") {
      system = null;
      modules = modules ++ [ { nixpkgs.pkgs = pkgs; } ];
    }).config;
  failures = config: map (a: a.message) (lib.filter (a: !a.assertion) config.assertions);

  fixtures = ./fixtures/hosts;
  sample = extra: evaluate (fleet.hostModules fixtures "sample" ++ extra);
  complaints = name: config: map (m: "${name}: ${m}") (failures config ++ config.warnings);
in
{
  # Complaints about every host of a folder; each system is evaluated completely.
  hosts =
    folder:
    lib.concatMap (
      name:
      let
        config = evaluate (fleet.hostModules folder name);
      in
      lib.optionals (config.hostwright.system == system) (
        complaints name config ++ lib.seq config.system.build.toplevel.drvPath [ ]
      )
    ) (fleet.hostNames folder);

  # The sample for another processor or target is a system, too.
  variant =
    module:
    let
      config = sample [ module ];
    in
    complaints "variant" config ++ lib.seq config.system.build.toplevel.drvPath [ ];

  # Each refusal must be met by exactly its messages.
  refusals = lib.concatLists (
    lib.mapAttrsToList (
      name: case:
      let
        found = failures (sample [ case.module ]);
      in
      lib.optional (
        found != case.messages
      ) "${name}: expected ${builtins.toJSON case.messages}, found ${builtins.toJSON found}"
    ) (import ./refusals.nix { inherit lib; })
  );

  # What nftables loads, for `nft -c` where it is installed.
  ruleset = lib.concatStrings (
    lib.mapAttrsToList (_: table: "table ${table.family} ${table.name} {\n${table.content}\n}\n")
      (sample [ ]).networking.nftables.tables
  );

  inherit sample lib;
}
