# What must be refused, and in which words: each case breaks the sample host.
{ lib }:
let
  force = lib.mkForce;
  opened =
    ports: where: rules:
    "firewall of sample: another module opens ${ports} on ${where}, past the rules of the description: write ${rules} in firewall.rules if that is wanted, and set the module's `openFirewall` to false";
  flushes = "firewall of sample: networking.nftables.flushRuleset deletes bans and container networks on every reload: remove it";
in
{
  ssh-opens-its-port = {
    module.services.openssh.openFirewall = force true;
    messages = [ (opened "22/tcp" "every interface" ''"allow 22/tcp"'') ];
  };
  port = {
    module.networking.firewall.allowedTCPPorts = [ 9100 ];
    messages = [ (opened "9100/tcp" "every interface" ''"allow 9100/tcp"'') ];
  };
  port-range = {
    module.networking.firewall.allowedUDPPortRanges = [
      {
        from = 60000;
        to = 61000;
      }
    ];
    messages = [ (opened "60000:61000/udp" "every interface" ''"allow 60000:61000/udp"'') ];
  };
  port-of-an-interface = {
    module.networking.firewall.interfaces.wg0.allowedTCPPorts = [ 53 ];
    messages = [ (opened "53/tcp" "wg0" ''"allow in on wg0 to any port 53 proto tcp"'') ];
  };
  exporter-that-opens = {
    module.services.prometheus.exporters.node = {
      enable = true;
      openFirewall = true;
    };
    messages = [
      "firewall of sample: another module adds to networking.firewall.extraInputRules, unordered with the rules of the description: write those ports in firewall.rules instead"
    ];
  };
  declared-bridge-is-no-license = {
    module.hostwright.firewall.bridges = [ "podman*" ];
    module.networking.firewall.interfaces.podman1.allowedTCPPorts = [
      53
      80
    ];
    messages = [ (opened "80/tcp" "podman1" ''"allow in on podman1 to any port 80 proto tcp"'') ];
  };
  declared-bridge-may-resolve = {
    module.hostwright.firewall.bridges = [ "podman*" ];
    module.virtualisation.podman.enable = true;
    module.virtualisation.podman.defaultNetwork.settings.dns_enabled = true;
    messages = [ ];
  };
  trusted-interface = {
    module.networking.firewall.trustedInterfaces = [ "docker0" ];
    messages = [
      "firewall of sample: networking.firewall.trustedInterfaces admits everything from docker0: write \"allow in on INTERFACE\" in firewall.rules instead"
    ];
  };
  input-rules = {
    module.networking.firewall.extraInputRules = "tcp dport 5432 accept";
    messages = [
      "firewall of sample: another module adds to networking.firewall.extraInputRules, unordered with the rules of the description: write those ports in firewall.rules instead"
    ];
  };
  ruleset = {
    module.networking.nftables.ruleset = "table inet other { }";
    messages = [
      "firewall of sample: networking.nftables.ruleset makes every reload flush the tables of fail2ban and of containers: use networking.nftables.tables.NAME instead"
      flushes
    ];
  };
  flush = {
    module.networking.nftables.flushRuleset = true;
    messages = [ flushes ];
  };
  filter-forward = {
    module.networking.firewall.filterForward = true;
    messages = [
      "firewall of sample: networking.firewall.filterForward cuts containers off and does not close published ports (table `inet hostwright` does): remove it"
    ];
  };
  firewall-off = {
    module.networking.firewall.enable = force false;
    messages = [
      "firewall of sample: it is switched off or not nftables: remove `networking.firewall.enable`, `networking.firewall.backend` and `networking.nftables.enable`; to admit everything write default_incoming = \"allow\" in [firewall]"
    ];
  };
  passwords = {
    module.services.openssh.settings.PasswordAuthentication = force true;
    messages = [
      "ssh of sample: passwords are on, and bots try them all day: remove `services.openssh.settings.PasswordAuthentication` and write the user's key as `keys = [ \"ssh-ed25519 ...\" ]`"
    ];
  };
  role-unknown-to-the-target = {
    module.hostwright.target = force "qemu";
    messages = [
      "network of sample: qemu does not tell which link is private: write mac = \"...\" in [network.interfaces.private]"
    ];
  };
  link-known-twice = {
    module.hostwright.network.interfaces.private.mac = "86:00:00:2a:7d:e0";
    messages = [
      "network of sample: link private needs one way to know it: write either mac = \"...\" or role = \"private\" in [network.interfaces.private]"
    ];
  };
  link-with-a-name-of-the-kernel = {
    module.hostwright.network.interfaces.eth7.mac = "86:00:00:2a:7d:e0";
    messages = [
      "network of sample: eth7 cannot name a link: write [network.interfaces.NAME] with at most 15 letters and none of the kernel's own names (eth*, en*, lo)"
    ];
  };
  ipv6-at-digitalocean = {
    module.hostwright.target = force "digitalocean";
    module.hostwright.network.interfaces = force { };
    messages = [
      "network of sample: DigitalOcean gives droplets of custom images no IPv6: write ipv6 = false in [network]"
    ];
  };
  swap-in-a-folder = {
    module.swapDevices = force [
      {
        device = "/swap/file";
        size = 1024;
      }
    ];
    messages = [
      "swap of sample: the folder of /swap/file may not exist when the file is made: write file_path = \"/var/lib/swapfile\" in [swap]"
    ];
  };
  swap-before-zram = {
    module.zramSwap.enable = true;
    messages = [
      "swap of sample: /var/lib/swapfile is used before zram fills up: write a file_priority below 5 in [swap]"
    ];
  };
}
