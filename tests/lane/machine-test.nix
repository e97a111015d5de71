# What the modules do on a kernel of their own: kernel parameters, swap, links
# that are named by role, IPv6 from the metadata service. Virtual machines only.
{ lib, pkgs, ... }:
let
  items = lib.importTOML ../../modules/hardening.toml;
  sysctls = lib.concatMapAttrs (_: item: item.sysctl or { }) items;
  metadata = pkgs.writeTextDir "hetzner/v1/metadata/network-config" ''
    config:
    - mac_address: 96:00:00:2a:7d:e0
      name: eth0
      subnets:
      - ipv4: true
        type: dhcp
      - address: 2001:db8:7:42::1/64
        gateway: fe80::1
        ipv6: true
        type: static
  '';
in
{
  name = "machine";
  nodes.server = {
    imports = [
      ../../modules
      ../nix/fixtures/hosts/sample.nix
    ];
    hostwright.hardening.level = "strict";
    # The test framework turns swap off.
    swapDevices = lib.mkOverride 0 [
      {
        device = "/var/lib/swapfile";
        size = 64;
      }
    ];
    # A private link, as at Hetzner.
    virtualisation.qemu.options = [
      "-netdev user,id=private,net=10.7.0.0/24"
      "-device virtio-net-pci,netdev=private,mac=86:00:00:2a:7d:e1"
    ];
    environment.systemPackages = [ pkgs.python3 ];
  };

  testScript = ''
    server.wait_for_unit("multi-user.target")

    with subtest("every unit is well"):
        failed = server.succeed("systemctl list-units --failed --plain --no-legend")
        assert failed == "", failed

    with subtest("every kernel parameter exists and holds its value"):
    ${lib.concatStrings (
      lib.mapAttrsToList (name: value: ''
        ${"    "}value = server.succeed("sysctl -n ${name}").strip()
        ${"    "}assert value == "${toString value}", f"${name} is {value}"
      '') sysctls
    )}
    with subtest("swap as described"):
        server.wait_for_unit("var-lib-swapfile.swap")
        assert server.succeed("swapon --show=NAME,SIZE --noheadings --raw").split() == ["/var/lib/swapfile", "64M"]

    with subtest("the private link has its name, its address, and no way out"):
        server.wait_until_succeeds("ip -4 -o addr show dev private | grep 10.7.0.15")
        assert "default" not in server.succeed("ip -4 route show dev private")
        assert "default" in server.succeed("ip -4 route show dev eth0")

    with subtest("IPv6 from the metadata service, through networkd"):
        assert server.succeed("systemctl show -P ActiveState hostwright-ipv6").strip() == "inactive"
        server.succeed("systemd-run --unit=metadata python3 -m http.server -b 127.0.0.1 -d ${metadata} 8765")
        server.wait_until_succeeds("curl -sf http://127.0.0.1:8765/hetzner/v1/metadata/network-config")
        script = server.succeed("systemctl show -P ExecStart hostwright-ipv6").split("path=")[1].split()[0]
        print(server.succeed(f"METADATA=http://127.0.0.1:8765 {script} 2>&1"))
        server.wait_until_succeeds("ip -6 -o addr show dev eth0 | grep 2001:db8:7:42::1/64", timeout=60)
        server.wait_until_succeeds("ip -6 route show default dev eth0 | grep 'via fe80::1'", timeout=60)

    with subtest("a server without IPv6 is no failure, silence of the service is"):
        server.succeed("systemd-run --unit=nothing python3 -m http.server -b 127.0.0.1 -d ${pkgs.writeTextDir "hetzner/v1/metadata/network-config" "config: []"} 8766")
        server.wait_until_succeeds("curl -sf http://127.0.0.1:8766/hetzner/v1/metadata/network-config")
        assert "this server has none" in server.succeed(f"METADATA=http://127.0.0.1:8766 {script} 2>&1")
        server.fail(f"METADATA=http://127.0.0.1:8767 {script}")
  '';
}
