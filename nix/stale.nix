# The guard of generated modules: NAME.nix beside NAME.toml, as hostwright wrote it.
# Pure: two hashes in the module's header, of the description and of the module's body.
{ lib }:
hosts: name:
let
  description = hosts + "/${name}.toml";
  module = hosts + "/${name}.nix";
  wayOut = "run `hostwright render ${name}` and `git add hosts/${name}.nix`";

  # 4 lines of header, then the body.
  lines = lib.splitString "\n" (builtins.readFile module);
  body = lib.concatStringsSep "\n" (lib.drop 4 lines);
  recorded =
    index: key:
    let
      line = lib.optionalString (lib.length lines > index) (lib.elemAt lines index);
      found = builtins.match "# ${key}: sha256-([0-9a-f]{64})" line;
    in
    if found == null then "" else lib.head found;
in
if !builtins.pathExists description then
  throw "hosts/${name}.nix has no description hosts/${name}.toml: write one, or `git rm hosts/${name}.nix`"
else if !builtins.pathExists module then
  throw "hosts/${name}.toml has no module hosts/${name}.nix that the flake can see: ${wayOut}"
else if recorded 2 "description" != builtins.hashFile "sha256" description then
  throw "hosts/${name}.nix was not made from the present hosts/${name}.toml: ${wayOut}"
else if recorded 3 "body" != builtins.hashString "sha256" body then
  throw "hosts/${name}.nix was edited by hand: move the change to hosts/${name}.toml (its section [nixos] takes any option) and ${wayOut}"
else
  module
