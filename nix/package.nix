# The hostwright program, with completions and manual pages that it writes itself.
{
  lib,
  rustPlatform,
  installShellFiles,
  stdenv,
}:
let
  cargo = lib.importTOML ../Cargo.toml;
in
rustPlatform.buildRustPackage {
  pname = cargo.package.name;
  version = cargo.package.version;

  # Only what the program is built from: a change of docs or of a host builds
  # nothing, and no system that contains the program changes.
  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../Cargo.toml
      ../Cargo.lock
      ../src
      # Files that the program embeds.
      ../modules
      ../templates
    ];
  };
  cargoLock.lockFile = ../Cargo.lock;

  # Its tests run real programs and read the whole repository: .ci/run does that.
  doCheck = false;

  nativeBuildInputs = [ installShellFiles ];
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    for shell in bash fish zsh; do
      "$out/bin/hostwright" completions "$shell" > "hostwright.$shell"
    done
    installShellCompletion hostwright.{bash,fish,zsh}
    "$out/bin/hostwright" man man
    installManPage man/*
  '';

  meta = {
    description = cargo.package.description;
    license = [
      lib.licenses.mit
      lib.licenses.asl20
    ];
    mainProgram = "hostwright";
    platforms = lib.platforms.unix;
  };
}
