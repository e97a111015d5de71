# What working on hostwright takes: tier 0, and a machine to boot images in. Tier 1
# drives Debian's programs, which scripts/test installs.
{ pkgs }:
pkgs.mkShell {
  packages = [
    pkgs.cargo
    pkgs.clippy
    pkgs.rustc
    pkgs.rustfmt
    pkgs.rust-analyzer
    pkgs.cargo-insta
    (import ./nixfmt.nix { inherit pkgs; })
    # ssh-keygen makes the keys of tests.
    pkgs.openssh
    # hostwright run, hostwright verify
    pkgs.qemu
  ];
}
