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

  # What is said of each of these hosts of a folder; a system is evaluated completely,
  # on the processor that was asked for: a host may move to another machine type.
  each =
    say: folder: names:
    lib.concatMap (
      name:
      let
        config = evaluate (
          fleet.hostModules folder name ++ [ { hostwright.system = lib.mkForce system; } ]
        );
      in
      say name config ++ lib.seq config.system.build.toplevel.drvPath [ ]
    ) names;
in
{
  # Complaints about every host of a folder.
  hosts = folder: each complaints folder (fleet.hostNames folder);

  # What refuses some hosts of a folder; warnings are the business of their overrides.
  overridden = each (name: config: map (message: "${name}: ${message}") (failures config));

  # The sample for another target or level is a system, too.
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

  # What nftables loads on each host of a folder.
  rulesets =
    folder:
    lib.genAttrs (fleet.hostNames folder) (
      name:
      lib.concatStrings (
        lib.mapAttrsToList (
          _: table: "table ${table.family} ${table.name} {\n${table.content}\n}\n"
        ) (evaluate (fleet.hostModules folder name)).networking.nftables.tables
      )
    );

  # Complaints about hosts of a flake whose system depends on the flake's revision.
  revisions =
    flake:
    let
      systems =
        rev:
        let
          self = {
            inherit rev;
            outPath = flake;
          }
          // outputs;
          outputs = (import (flake + "/flake.nix")).outputs {
            inherit self;
            nixpkgs.lib = lib.extend (
              _: _: {
                nixosSystem =
                  arguments:
                  import (nixpkgs + "/nixos/lib/eval-config.nix") (
                    {
                      inherit lib;
                      system = null;
                    }
                    // arguments
                  );
              }
            );
          };
        in
        lib.mapAttrs (_: host: host.config.system.build.toplevel.drvPath) outputs.nixosConfigurations;
      one = systems "1111111";
    in
    lib.optional (one != systems "2222222") "a system depends on self.rev"
    ++ lib.optional (one == { }) "the flake has no hosts";

  inherit (fleet) hostNames;
  inherit sample lib;
}
