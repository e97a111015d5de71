# Nixpkgs whose compiled packages are links into this Debian system.
{
  nixpkgs ? builtins.getEnv "NIXPKGS",
  # Whether tests run their machines as containers.
  container ? false,
  config ? { },
  overlays ? [ ],
}:
let
  path = /. + nixpkgs;
  table = import ./table.nix;
  # A facade changes when the contents of its Debian packages change.
  installed = builtins.readDir /var/lib/dpkg/info;
  sums =
    deb:
    let
      files = builtins.filter (f: installed ? ${f}) [
        "${deb}.md5sums"
        "${deb}:amd64.md5sums"
      ];
    in
    map (f: builtins.hashFile "md5" (/var/lib/dpkg/info + "/${f}")) files;

  # Stands for the builtin `derivation` inside Nixpkgs's make-derivation.nix:
  # sees the final attributes of every stdenv derivation, after all overrides.
  hooked =
    args:
    let
      name = args.name or "${args.pname}-${args.version}";
      pname = args.pname or (builtins.parseDrvName name).name;
      src = args.src or (if (args.srcs or [ ]) != [ ] then builtins.head args.srcs else null);
      entry = table.${pname} or { debs = [ pname ]; };
      # As opposed to files of Nixpkgs itself and other derivations.
      fetched = src ? outputHash || (src.src or null) ? outputHash;
      version = args.version or "";
      major = builtins.head (builtins.splitVersion version ++ [ "" ]);
      debs = map (builtins.replaceStrings [ "@major@" ] [ major ]) entry.debs;
      outputs = args.outputs or [ "out" ];
      drv =
        if args ? outputHash || !(fetched || args ? pname && src != null && table ? ${pname}) then
          derivation args
        else
          derivation {
            inherit
              name
              pname
              debs
              outputs
              ;
            sums = builtins.concatMap sums debs;
            inherit version major;
            inherit (args) system;
            builder = "/bin/bash";
            args = [
              "-e"
              (entry.builder or ./facade.sh)
            ];
            script = entry.script or "";
            src = if fetched then "" else src;
            preferLocalBuild = true;
            allowSubstitutes = false;
          };
    in
    # The attributes that Nixpkgs reads stay the original ones, and which they
    # are does not depend on `src`, which may need them.
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = drv.${name};
      }) outputs
    )
    // args
    // {
      inherit (drv)
        all
        drvAttrs
        drvPath
        outPath
        outputName
        type
        ;
    };
in
import path {
  system = "x86_64-linux";
  inherit config;
  overlays = [
    (import ./overlay.nix)
    (import ./testing.nix { inherit container; })
  ]
  ++ overlays;
  stdenvStages =
    args@{ lib, config, ... }:
    let
      native = import (path + "/pkgs/stdenv/native") (removeAttrs args [ "crossOverlays" ]);
      makeDerivation = builtins.scopedImport { derivation = hooked; } (
        path + "/pkgs/stdenv/generic/make-derivation.nix"
      );
    in
    [
      (builtins.elemAt native 0)
      (
        prev:
        let
          stage = builtins.elemAt native 1 prev;
        in
        stage
        // {
          stdenv =
            stage.stdenv.override {
              initialPath = [ "/usr" ];
              mkDerivationFromStdenv = stdenv: (makeDerivation lib config stdenv).mkDerivation;
            }
            // {
              inherit (stage.stdenv) fetchurl;
            };
        }
      )
    ];
}
