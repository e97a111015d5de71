# nixosModules: `default` is all of modules/, the others are its files by name
# (modules/target/hetzner.nix is `target-hetzner`).
{ lib }:
let
  folder = ../modules;
  files = lib.filter (lib.hasSuffix ".nix") (map toString (lib.filesystem.listFilesRecursive folder));
  name =
    file:
    lib.replaceStrings [ "/" ] [ "-" ] (
      lib.removeSuffix ".nix" (lib.removePrefix "${toString folder}/" file)
    );
in
lib.listToAttrs (
  map (file: lib.nameValuePair (name file) (folder + lib.removePrefix (toString folder) file)) files
)
