# The formatter of generated modules is nixfmt in Rust: the same for those of this
# repository, where the release of nixpkgs has it.
{ pkgs }:
pkgs.nixfmt-rs or pkgs.nixfmt
