# sshd as every host has it. Ports, users and limits that differ come from the description.
{ config, lib, ... }:
{
  services.openssh = {
    enable = true;
    # The firewall follows the rules of the description, not the modules.
    openFirewall = false;
    # NixOS also makes an RSA key; every client since 2014 knows Ed25519.
    hostKeys = [
      {
        type = "ed25519";
        path = "/etc/ssh/ssh_host_ed25519_key";
      }
    ];
    # Keys are those of the description: none that a user or a cloud left in a home.
    authorizedKeysInHomedir = false;

    settings = {
      # Keys only.
      PasswordAuthentication = false;
      KbdInteractiveAuthentication = false;
      AuthenticationMethods = "publickey";

      # What turns a login into a way further into the network. TCP forwarding is
      # the description's: a tunnel to a database is the safe form of an open port.
      X11Forwarding = false;
      AllowAgentForwarding = false;
      PermitTunnel = "no";
      PermitUserEnvironment = "no";

      # A client that is silent for three minutes is gone.
      ClientAliveInterval = 60;
      ClientAliveCountMax = 3;
      MaxSessions = 10;
      # From 10 unauthenticated connections on drop 30 % of new ones, all from 60.
      MaxStartups = "10:30:60";
      LoginGraceTime = lib.mkDefault 30;
      # 2, as some baselines say, locks out an agent that holds three keys.
      MaxAuthTries = lib.mkDefault 4;
      # The fingerprint of each login; fail2ban reads it.
      LogLevel = "VERBOSE";
      RequiredRSASize = 3072;
      # NixOS's list without DH group exchange, whose fallback is 2048 bits.
      KexAlgorithms = lib.mkDefault [
        "mlkem768x25519-sha256"
        "sntrup761x25519-sha512"
        "sntrup761x25519-sha512@openssh.com"
        "curve25519-sha256"
        "curve25519-sha256@libssh.org"
      ];
    };
  };

  assertions = [
    {
      assertion = config.services.openssh.settings.PasswordAuthentication == false;
      message = "ssh of ${config.hostwright.host}: passwords are on, and bots try them all day: remove `services.openssh.settings.PasswordAuthentication` and write the user's key as `keys = [ \"ssh-ed25519 ...\" ]`";
    }
  ];
}
