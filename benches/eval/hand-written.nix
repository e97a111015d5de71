# The same services as hosts/hetzner-cpx31.toml, as somebody writes
# them who knows NixOS and has no tool: what the generated host is compared with.
{ modulesPath, ... }:
{
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") ];

  networking.hostName = "sample";
  time.timeZone = "UTC";
  system.stateVersion = "26.05";
  documentation.enable = false;
  documentation.nixos.enable = false;
  environment.defaultPackages = [ ];
  programs.command-not-found.enable = false;
  nix.gc.automatic = true;
  nix.channel.enable = false;
  nix.settings.experimental-features = [
    "nix-command"
    "flakes"
  ];
  services.journald.extraConfig = "SystemMaxUse=500M";
  boot.tmp.cleanOnBoot = true;

  fileSystems."/" = {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
    autoResize = true;
  };
  fileSystems."/boot/efi" = {
    device = "/dev/disk/by-label/ESP";
    fsType = "vfat";
  };
  boot.growPartition = true;
  boot.loader.grub = {
    enable = true;
    devices = [ "/dev/sda" ];
    efiSupport = true;
    efiInstallAsRemovable = true;
  };
  boot.loader.efi.efiSysMountPoint = "/boot/efi";
  boot.kernelParams = [
    "console=ttyS0,115200"
    "console=tty0"
    "panic=10"
  ];
  boot.kernel.sysctl = {
    "kernel.kptr_restrict" = 2;
    "kernel.dmesg_restrict" = 1;
    "vm.swappiness" = 10;
  };
  swapDevices = [
    {
      device = "/var/lib/swapfile";
      size = 4096;
    }
  ];

  users.mutableUsers = false;
  users.users.deploy = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample operator" ];
  };
  security.sudo.wheelNeedsPassword = false;
  security.sudo.execWheelOnly = true;
  services.openssh = {
    enable = true;
    settings = {
      PasswordAuthentication = false;
      KbdInteractiveAuthentication = false;
      PermitRootLogin = "no";
      AllowUsers = [ "deploy" ];
    };
  };
  services.fail2ban = {
    enable = true;
    maxretry = 5;
    bantime = "1h";
    ignoreIP = [ "203.0.113.7" ];
  };

  networking.useNetworkd = true;
  networking.useDHCP = false;
  systemd.network.networks."10-public" = {
    matchConfig.Type = "ether";
    networkConfig.DHCP = "ipv4";
    address = [ "2001:db8:7:42::1/64" ];
    routes = [
      {
        Gateway = "fe80::1";
        GatewayOnLink = true;
      }
    ];
  };
  networking.nftables.enable = true;
  networking.firewall.allowedTCPPorts = [
    22
    80
    443
  ];
  networking.firewall.extraInputRules = "ip saddr 203.0.113.7 tcp dport 5555 accept";
}
