# The lane's own test, and the modules' in a running system: an ordinary NixOS
# test, in which nothing knows about Debian.
{ pkgs, ... }:
{
  name = "example";
  nodes.server = {
    imports = [
      ../../modules
      ../nix/fixtures/hosts/sample.nix
    ];
  };
  nodes.client = {
    networking.useNetworkd = true;
    documentation.enable = false;
    nix.enable = false;
  };

  testScript = ''
    start_all()
    server.wait_for_unit("multi-user.target")
    client.wait_for_unit("multi-user.target")

    with subtest("every unit is well"):
        failed = server.succeed("systemctl list-units --failed --plain --no-legend")
        assert failed == "", failed

    with subtest("sshd has the policy of modules/ssh.nix and the values of the host"):
        sshd = server.succeed("${pkgs.openssh}/bin/sshd -T -f /etc/ssh/sshd_config").lower()
        for line in [
            "passwordauthentication no",
            "kbdinteractiveauthentication no",
            "permitrootlogin no",
            "authenticationmethods publickey",
            "authorizedkeysfile /etc/ssh/authorized_keys.d/%u",
            "allowusers deploy",
            "maxauthtries 4",
            "persourcepenaltyexemptlist 203.0.113.7",
        ]:
            assert line in sshd.splitlines(), f"{line!r} not in {sshd}"

    with subtest("both renderings of the rules are loaded, and a reload keeps other tables"):
        server.succeed("nft list table inet hostwright | grep 'dport 22 counter .* jump limit_1'")
        server.succeed("nft list table inet nixos-fw | grep 'dport { 80, 443 } accept'")
        server.succeed("nft add table inet foreign && systemctl reload nftables && nft list table inet foreign")

    with subtest("a rule opens, its absence closes"):
        server.succeed("systemd-run --unit=listen80 nc -lk 80")
        server.succeed("systemd-run --unit=listen9999 nc -lk 9999")
        server.wait_until_succeeds("nc -z 127.0.0.1 80 && nc -z 127.0.0.1 9999")
        client.wait_until_succeeds("nc -4 -z -w 3 sample 80", timeout=30)
        client.fail("nc -4 -z -w 3 sample 9999")

    with subtest("a banned address reaches no port"):
        server.wait_until_succeeds("fail2ban-client status sshd")
        client.succeed("nc -4 -z -w 3 sample 80")
        address = client.succeed("ip -4 -o addr show scope global").split()[3].split("/")[0]
        for family in ["ip -4", "ip -6"]:
            for line in client.succeed(f"{family} -o addr show scope global").splitlines():
                server.succeed(f"fail2ban-client set sshd banip {line.split()[3].split('/')[0]}")
        server.wait_until_succeeds(f"nft list table inet f2b-table | grep -w {address}", timeout=20)
        chain = server.succeed("nft list chain inet f2b-table f2b-chain")
        # dstnat is -100; table inet hostwright is at -105.
        assert "hook prerouting priority dstnat - 10" in chain, chain
        assert "meta l4proto { tcp, udp } ip saddr" in chain, chain
        client.fail("nc -4 -z -w 3 sample 80")
        server.succeed("systemctl reload nftables")
        client.fail("nc -4 -z -w 3 sample 80")
        server.succeed(f"fail2ban-client set sshd unbanip {address}")
        client.wait_until_succeeds("nc -4 -z -w 3 sample 80", timeout=20)
  '';
}
