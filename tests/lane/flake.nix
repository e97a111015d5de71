# Debian's programs in place of nixpkgs's packages, as a nixpkgs that a flake can take:
#   nix build --impure .#HOST --override-input nixpkgs path:tests/lane
{
  outputs =
    { self }:
    let
      nixpkgs = builtins.getEnv "NIXPKGS";
      pkgs = import ./pkgs.nix { inherit nixpkgs; };
    in
    {
      lib = pkgs.lib // {
        nixosSystem =
          arguments:
          import (nixpkgs + "/nixos/lib/eval-config.nix") (
            {
              inherit (pkgs) lib;
              system = null;
            }
            // arguments
            // {
              modules = arguments.modules ++ [
                { nixpkgs.pkgs = pkgs; }
                ./debian.nix
                ./image.nix
              ];
            }
          );
      };
      legacyPackages.x86_64-linux = pkgs;
    };
}
