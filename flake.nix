{
  description = "One TOML file per server becomes a checked NixOS host, an image, a server and the proof";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      fleet = import ./nix/fleet.nix { inherit nixpkgs self; };
      eachSystem =
        make:
        lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (system: make nixpkgs.legacyPackages.${system});
    in
    {
      nixosConfigurations = fleet.mkFleet { hosts = ./hosts; };

      nixosModules = import ./nix/modules.nix { inherit lib; };

      # For a repository of one's own: nix flake init -t, or hostwright init.
      lib = { inherit (fleet) mkFleet mkImages; };
      templates.default = {
        path = ./templates/default;
        description = "A fleet of hosts, each described by one TOML file";
        # What `hostwright init` does by itself.
        welcomeText = ''
          Put your public key into hosts/web.toml, then run:

              hostwright render
              hostwright schema > hosts/host.schema.json
              git add .
        '';
      };

      # The program, and the image of every host.
      packages = lib.recursiveUpdate (fleet.mkImages self.nixosConfigurations) (
        eachSystem (pkgs: rec {
          hostwright = pkgs.callPackage ./nix/package.nix { };
          default = hostwright;
        })
      );
      apps = eachSystem (pkgs: rec {
        hostwright = {
          type = "app";
          program = lib.getExe self.packages.${pkgs.stdenv.hostPlatform.system}.hostwright;
          meta.description = self.packages.${pkgs.stdenv.hostPlatform.system}.hostwright.meta.description;
        };
        default = hostwright;
      });

      checks = eachSystem (
        pkgs:
        import ./nix/checks.nix {
          inherit pkgs fleet;
          hosts = ./hosts;
          systems = self.nixosConfigurations;
        }
      );
      devShells = eachSystem (pkgs: {
        default = import ./nix/dev-shell.nix { inherit pkgs; };
      });
      formatter = eachSystem (
        pkgs: pkgs.nixfmt-tree.override { nixfmtPackage = import ./nix/nixfmt.nix { inherit pkgs; }; }
      );
    };
}
