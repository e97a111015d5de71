//! What hosts print of their names, programs and units.

use crate::facts::Check;

use super::{Case, text};

pub(super) fn cases() -> Vec<Case> {
    [part1(), part2()].into_iter().flatten().collect()
}

fn part1() -> Vec<Case> {
    vec![
        Case {
            check: Check::HostName {
                name: text("media"),
                domain: Some(text("example.com")),
            },
            so: &["media", "media.example.com"],
            not_so: &[
                (
                    &["other", "other.example.com"],
                    "it is \"other\" instead of \"media\"",
                ),
                (&["media", "media"], "instead of \"media.example.com\""),
            ],
        },
        Case {
            check: Check::Architecture { machine: "x86_64" },
            so: &["x86_64"],
            not_so: &[(&["aarch64"], "it is \"aarch64\"")],
        },
        Case {
            check: Check::Processors { count: 4 },
            so: &["4"],
            not_so: &[(&["2"], "it is \"2\"")],
        },
        Case {
            check: Check::Memory { bytes: 8 << 30 },
            so: &["MemTotal:        8001234 kB\nMemFree: 1 kB"],
            not_so: &[
                (&["MemTotal:        4001234 kB"], "it has 4097263616 bytes"),
                (&["MemFree: 1 kB"], "has no MemTotal"),
            ],
        },
        Case {
            check: Check::TimeZone {
                zone: text("Europe/Berlin"),
            },
            so: &["/etc/zoneinfo/Europe/Berlin", "regular file"],
            not_so: &[
                (&["/etc/zoneinfo/UTC", "regular file"], "it is \"UTC\""),
                (
                    &["/etc/zoneinfo/Europe/Berlin", "directory"],
                    "it is \"directory\"",
                ),
            ],
        },
        Case {
            check: Check::Locale {
                locale: text("en_US.UTF-8"),
            },
            so: &["LANG=en_US.UTF-8"],
            not_so: &[
                (&["LANG=C.UTF-8"], "C.UTF-8"),
                (&["LC_TIME=en_US.UTF-8"], "it is None"),
            ],
        },
    ]
}

fn part2() -> Vec<Case> {
    vec![
        Case {
            check: Check::Package {
                attribute: text("htop"),
            },
            so: &[
                "/nix/store/5rhvkgnkc1winf6cbbhw6xkllzcg53nc-nix-info\n/nix/store/04yki9manhp9x4irib6hgvr7wga6vjyk-htop-3.5.1",
            ],
            not_so: &[(
                &["/nix/store/04yki9manhp9x4irib6hgvr7wga6vjyk-htop-vim-3.5.1"],
                "nothing on the system's path",
            )],
        },
        Case {
            check: Check::UnitActive {
                unit: text("sshd.service"),
            },
            so: &["active"],
            not_so: &[
                (&["inactive"], "it is \"inactive\""),
                (&["activating"], "activating"),
            ],
        },
        Case {
            check: Check::NoFailedUnits {},
            so: &[""],
            not_so: &[(&["a.service loaded failed failed A"], "failed: a.service")],
        },
    ]
}
