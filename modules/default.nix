# Every module of this folder; which of them act, the host's own module says.
{ lib, ... }:
{
  imports = lib.filter (path: lib.hasSuffix ".nix" (toString path) && path != ./default.nix) (
    lib.filesystem.listFilesRecursive ./.
  );
}
