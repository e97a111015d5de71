{
  description = "Servers, each described by one file in hosts/";

  inputs.hostwright.url = "github:hostwright/hostwright";

  outputs =
    { hostwright, ... }:
    {
      nixosConfigurations = hostwright.lib.mkFleet { hosts = ./hosts; };
    };
}
