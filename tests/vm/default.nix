# The VM test of one host: its real modules, an outsider and an operator, and
# the facts of its description proven one by one. A function of `pkgs`, so that
# it runs with any package set.
{
  pkgs,
  # Name of the host, and all modules that it is made of.
  name,
  modules,
  # The description, and the program that derives its facts.
  description,
  hostwright,
  # The facts as a file. The script reads them when it runs, or those that
  # HOSTWRIGHT_FACTS names: evaluation never sees them.
  facts ? "${pkgs.runCommand "facts-${name}.json" { nativeBuildInputs = [ hostwright ]; } ''
    mkdir hosts
    cp ${description} hosts/${name}.toml
    hostwright facts ${name} --json > $out
  ''}",
  # Also break the host in every way and expect the very fact to fail; so does
  # HOSTWRIGHT_TWINS. HOSTWRIGHT_KINDS limits a run to the named kinds of facts.
  twins ? false,
}:
let
  inherit (pkgs) lib;
  # The test framework takes the host's swap and file systems away; this is what
  # they were.
  host =
    (import (pkgs.path + "/nixos/lib/eval-config.nix") {
      system = null;
      modules = modules ++ [ { nixpkgs.pkgs = pkgs; } ];
    }).config;
  inherit (host) swapDevices;
  volumes = lib.filterAttrs (_: fs: lib.hasPrefix "/dev/disk/by-id/" fs.device) host.fileSystems;
  # Emulated beside others, a machine finds its disks after minutes.
  patient =
    options:
    lib.filter (option: !lib.hasPrefix "x-systemd.device-timeout=" option) options
    ++ [ "x-systemd.device-timeout=10min" ];
  hetzner = host.hostwright.target == "hetzner";
  # Hetzner's public links have such hardware addresses, and no router announces
  # IPv6 there. Elsewhere one does, whether the host wants it or not (RFC 3849).
  publicMac = lib.optionalString hetzner ",mac=96:00:00:2a:7d:e0";
  publicIpv6 = if hetzner then "ipv6=off" else "ipv6-net=2001:db8:7e57::/64";
in
pkgs.testers.runNixOSTest {
  name = "vm-${name}${lib.optionalString twins "-twins"}";

  nodes.server =
    { options, ... }:
    {
      imports = modules ++ [ ./agent.nix ];
      # Framework: 10. Only what was written, not what NixOS computes from it.
      swapDevices = lib.mkOverride 9 (map (swap: { inherit (swap) device size priority; }) swapDevices);
      # Of a virtual machine. Size, volumes and further links are facts: the
      # script adds them when it starts the machine (prover/hardware.py).
      virtualisation = lib.optionalAttrs (options.virtualisation ? qemu) {
        diskSize = 2048 + lib.foldl' (sum: swap: sum + swap.size) 0 swapDevices;
        fileSystems = lib.mapAttrs (_: fs: {
          inherit (fs) device fsType;
          options = patient fs.options;
        }) volumes;
        qemu.options = lib.optional hetzner "-smbios type=1,manufacturer=Hetzner";
        qemu.networkingOptions = lib.mkForce [
          "-device virtio-net-pci,netdev=user.0${publicMac}"
          "-netdev user,id=user.0,${publicIpv6}"
        ];
      };
    };
  nodes.outside = ./probe.nix;
  nodes.operator = ./probe.nix;

  # The script imports its modules, of which mypy sees nothing.
  skipTypeCheck = true;
  testScript = ''
    import os
    import sys

    sys.path.insert(0, "${./.}")
    from prover import run

    run.run(
        machines={"server": server, "outside": outside, "operator": operator},
        facts=os.environ.get("HOSTWRIGHT_FACTS") or "${facts}",
        make_file_system={
            "ext4": "${lib.getExe' pkgs.e2fsprogs "mkfs.ext4"}",
            "xfs": "${lib.getExe' pkgs.xfsprogs "mkfs.xfs"}",
        },
        twins=${if twins then "True" else "False"} or "HOSTWRIGHT_TWINS" in os.environ,
        kinds=os.environ.get("HOSTWRIGHT_KINDS", "").split(),
    )
  '';
}
