{
  description = "Servers, each described by one file in hosts/";

  inputs.hostwright.url = "github:hostwright/hostwright";

  outputs =
    { self, hostwright }:
    {
      # nixos-rebuild switch --flake .#web --target-host ...
      nixosConfigurations = hostwright.lib.mkFleet { hosts = ./hosts; };
      # nix build .#web makes its disk image.
      packages = hostwright.lib.mkImages self.nixosConfigurations;
    };
}
