# Packages whose Nixpkgs expression cannot stand for Debian's program.
final: prev: {
  # The compiler and linker are Debian's own.
  stdenv = prev.stdenv // {
    cc = prev.stdenv.cc // {
      libc = final.glibc;
      # NixOS removes or replaces this file; it must not be Debian's loader.
      bintools = prev.stdenv.cc.bintools // {
        dynamicLinker = "/lib64/ld-nixos-unused.so";
      };
    };
  };
  bintools = prev.stdenv.cc.bintools;
  gcc = final.stdenv.cc;
  # As Debian builds it.
  systemd = prev.systemd.override { withUtmp = false; };
  # Debian has no Linux kernel in user space: rules are checked in a network
  # namespace of the kernel at hand.
  lklWithFirewall.lib = prev.runCommand "own-namespace" { } ''
    mkdir -p $out/lib
    cc -shared -fPIC -O1 -Wall -Werror ${./own-namespace.c} -o $out/lib/liblkl-hijack.so
  '';
  # Another package set would start from another compiler.
  pkgsStatic = final;
  # Nixpkgs builds it from a dozen components; Debian has one program.
  nix = final.stdenv.mkDerivation {
    pname = "nix";
    inherit (prev.nix) version;
    src = ./table.nix; # any file: Debian's package takes its place
    outputs = [
      "out"
      "man"
    ];
    meta.mainProgram = "nix";
  };
}
