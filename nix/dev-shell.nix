# What working on hostwright takes: the compiler, and the real programs of the tests.
{ pkgs }:
pkgs.mkShell {
  packages = [
    pkgs.cargo
    pkgs.clippy
    pkgs.rustc
    pkgs.rustfmt
    pkgs.rust-analyzer
    pkgs.cargo-deny
    pkgs.cargo-insta
    (import ./nixfmt.nix { inherit pkgs; })
    # Tier 1 runs these against what hostwright renders.
    pkgs.nftables
    pkgs.fail2ban
    pkgs.openssh
    pkgs.ssh-audit
    pkgs.qemu
  ];
}
