# mkFleet: a folder of descriptions and their modules becomes NixOS systems.
{ nixpkgs, self }:
let
  inherit (nixpkgs) lib;
  # None of hidden files: editors keep theirs so.
  stem =
    file:
    let
      found = builtins.match "([^.].*)[.](toml|nix)" file;
    in
    lib.optional (found != null) (lib.head found);
  checked = import ./stale.nix { inherit lib; };
in
rec {
  # Names with a description or a module: one without the other is refused by name.
  hostNames =
    hosts:
    lib.optionals (builtins.pathExists hosts) (
      lib.unique (lib.concatMap stem (lib.attrNames (builtins.readDir hosts)))
    );

  # All that a host is made of but the package set, which a test brings along.
  hostModules =
    hosts: name:
    let
      module = checked hosts name;
    in
    # The guard speaks first: the description may be missing, too.
    # It alone reads the description, as bytes: TOML is hostwright's to understand.
    lib.seq module [
      self.nixosModules.default
      module
      {
        hostwright.image.descriptionHash = "sha256-${builtins.hashFile "sha256" (hosts + "/${name}.toml")}";
      }
    ];

  mkFleet =
    { hosts }:
    lib.genAttrs (hostNames hosts) (
      name:
      lib.nixosSystem {
        modules = hostModules hosts name ++ [
          ({ config, ... }: { nixpkgs.hostPlatform = config.hostwright.system; })
        ];
      }
    );

  # The images of systems, by processor and name: a flake's `packages`.
  mkImages =
    systems:
    lib.mapAttrs (_: lib.listToAttrs) (
      lib.groupBy' (images: image: images ++ [ image ]) [ ] (image: image.value.system) (
        lib.mapAttrsToList (
          name: host: lib.nameValuePair name host.config.system.build.hostwrightImage
        ) systems
      )
    );
}
