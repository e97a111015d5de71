//! What hosts print of sockets, mounts and links.

use std::net::IpAddr;

use crate::facts::{Check, PortSpan, Transport};

use super::{Case, text};

pub(super) fn cases() -> Vec<Case> {
    [part1(), part2(), part3()].into_iter().flatten().collect()
}

fn part1() -> Vec<Case> {
    vec![
        Case {
            check: Check::ListeningSockets {
                allowed: vec![PortSpan {
                    transport: Transport::Tcp,
                    first: 22,
                    last: 22,
                }],
            },
            so: &[
                "udp UNCONN 0      0      127.0.0.53%lo:53   0.0.0.0:*\ntcp LISTEN 0 128 [::1]:25 [::]:*\ntcp LISTEN 0      128             [::]:22      [::]:*",
            ],
            not_so: &[
                (
                    &["udp UNCONN 0 0 0.0.0.0:22 0.0.0.0:*"],
                    "undeclared: udp/22 at 0.0.0.0",
                ),
                (
                    &["tcp LISTEN 0 128 *:8080 *:*"],
                    "undeclared: tcp/8080 at *",
                ),
            ],
        },
        Case {
            check: Check::Resolver {
                address: [9, 9, 9, 9].into(),
            },
            so: &["Global: 9.9.9.9#dns.quad9.net\nLink 2 (ens3): 10.0.2.3"],
            not_so: &[(&["Global:\nLink 2 (ens3): 10.0.2.3"], "resolved asks")],
        },
        Case {
            check: Check::Mount {
                path: text("/srv"),
                device: text("/dev/disk/by-id/x"),
                file_system: "ext4",
            },
            so: &["/dev/sdb ext4", "/dev/sdb"],
            not_so: &[(&["/dev/sdb xfs", "/dev/sdb"], "/dev/sdb xfs")],
        },
    ]
}

fn part2() -> Vec<Case> {
    vec![
        Case {
            check: Check::AddressIn {
                network: text("10.0.0.0/16"),
            },
            so: &["3: private    inet 10.0.0.2/32 scope global dynamic private\\ valid_lft 1sec"],
            not_so: &[(
                &["2: ens3    inet 10.1.0.2/32 scope global"],
                "its addresses are 10.1.0.2/32",
            )],
        },
        Case {
            check: Check::PublicIpv6 { present: true },
            so: &[
                "2: ens3    inet6 2001:db8::1/64 scope global",
                "default via fe80::1 dev ens3",
            ],
            not_so: &[
                (
                    &[
                        "2: ens3    inet6 fd00::1/64 scope global",
                        "default via fe80::1",
                    ],
                    "its public IPv6 addresses: none",
                ),
                (
                    &["2: ens3    inet6 2001:db8::1/64 scope global", ""],
                    "no IPv6 route",
                ),
            ],
        },
    ]
}

fn part3() -> Vec<Case> {
    let link = Check::Link {
        name: text("private"),
        mac: Some(text("86:00:00:2a:7d:e0")),
        role: None,
        addresses: vec![text("10.0.0.2/32")],
        gateway: Some(IpAddr::from([10, 0, 0, 1])),
        mtu: Some(1450),
    };
    let inside = Check::Link {
        name: text("inside"),
        mac: None,
        role: Some("private"),
        addresses: Vec::new(),
        gateway: None,
        mtu: None,
    };
    let inside = Case {
        check: inside,
        so: &["3: inside: mtu 1450", "3: inside inet 10.7.0.2/32", ""],
        not_so: &[(
            &["3: inside: mtu 1450", "", "default via 10.7.0.1 proto dhcp"],
            "it is a way out: default via 10.7.0.1",
        )],
    };
    let link = Case {
        check: link,
        so: &[
            "3: private: <UP> mtu 1450 qdisc fq state UP \\    link/ether 86:00:00:2a:7d:e0 brd ff",
            "3: private    inet 10.0.0.2/32 scope global",
            "default via 10.0.0.1 proto dhcp",
        ],
        not_so: &[
            (
                &[
                    "3: private: mtu 1500 link/ether 86:00:00:2a:7d:e0 brd",
                    "",
                    "",
                ],
                "1500",
            ),
            (
                &[
                    "3: private: mtu 1450 link/ether 86:00:00:2a:7d:e0 brd",
                    "3: private inet 10.0.0.3/32",
                    "",
                ],
                "10.0.0.2/32 is missing",
            ),
            (
                &[
                    "3: private: mtu 1450 link/ether 86:00:00:2a:7d:e0 brd",
                    "3: private inet 10.0.0.2/32",
                    "default via 10.0.0.12",
                ],
                "its default route is",
            ),
        ],
    };
    vec![link, inside]
}
