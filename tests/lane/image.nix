# An image whose /usr is this Debian system's: NixOS's own boot chain, stage 1
# included, with Debian's programs.
{ lib, pkgs, ... }:
{
  imports = [ ./initrd.nix ];

  hostwright.image = {
    include = [
      {
        source = import ./usr.nix { inherit lib pkgs; };
        target = "/usr";
      }
    ];
    links = lib.genAttrs [ "/bin" "/sbin" "/lib" "/lib64" ] (path: "usr" + path);
  };
  # Nixpkgs wraps growpart with them.
  systemd.services.growpart.path = [
    pkgs.gawk
    pkgs.gnugrep
    pkgs.gnused
    pkgs.util-linux
  ];
  environment.etc.alternatives.source = pkgs.runCommand "alternatives" {
    status = builtins.hashFile "sha256" /var/lib/dpkg/status;
  } "cp -r /etc/alternatives $out";
}
