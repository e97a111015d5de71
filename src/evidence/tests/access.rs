//! What accounts, sshd and fail2ban print.

use crate::facts::{Check, Grant};

use super::{Case, text};

pub(super) fn cases() -> Vec<Case> {
    [part1(), part2()].into_iter().flatten().collect()
}

fn part1() -> Vec<Case> {
    vec![
        Case {
            check: Check::Account {
                user: text("deploy"),
                groups: vec![text("wheel")],
                description: text("Deployments"),
            },
            so: &[
                "users wheel",
                "deploy:x:1000:100:Deployments:/home/deploy:/bin/bash",
            ],
            not_so: &[
                (
                    &[
                        "users",
                        "deploy:x:1000:100:Deployments:/home/deploy:/bin/bash",
                    ],
                    "it is not in wheel, but in users",
                ),
                (
                    &["users wheel", "deploy:x:1000:100::/home/deploy:/bin/bash"],
                    "it is \"\"",
                ),
            ],
        },
        Case {
            check: Check::AuthorizedKeys {
                user: text("deploy"),
                fingerprints: vec![text("SHA256:Nx3wYih0T/8rC9Lnmo0RV+S4poqUK0z+wOcrH6ORR4A")],
            },
            so: &[
                "256 SHA256:Nx3wYih0T/8rC9Lnmo0RV+S4poqUK0z+wOcrH6ORR4A deploy@example.com (ED25519)",
            ],
            not_so: &[
                (&[""], "it is [] instead of"),
                (
                    &[
                        "256 SHA256:Nx3wYih0T/8rC9Lnmo0RV+S4poqUK0z+wOcrH6ORR4A a (ED25519)\n256 SHA256:zz a (ED25519)",
                    ],
                    "SHA256:zz",
                ),
            ],
        },
        Case {
            check: Check::Sudo {
                user: text("deploy"),
                grant: Grant::Passwordless,
            },
            so: &["0"],
            not_so: &[(&["1000"], "exit 0: 1000")],
        },
    ]
}

fn part2() -> Vec<Case> {
    vec![
        Case {
            check: Check::SudoWheelOnly {},
            so: &["wheel -r-s--x---"],
            not_so: &[(&["root -r-s--x--x"], "root -r-s--x--x")],
        },
        Case {
            check: Check::SshdSetting {
                setting: text("permitrootlogin"),
                values: vec![text("prohibit-password")],
            },
            so: &["Port 22\nPermitRootLogin without-password"],
            not_so: &[
                (&["Port 22\nPermitRootLogin yes"], "it is [\"yes\"]"),
                (&["Port 22"], "it is []"),
            ],
        },
        Case {
            check: Check::Fail2banSetting {
                setting: "bantime",
                value: text("3600"),
            },
            so: &["3600"],
            not_so: &[(&["600"], "it is \"600\"")],
        },
        Case {
            check: Check::Fail2banIgnores {
                networks: vec![text("203.0.113.7/32"), text("2001:db8:7::/64")],
            },
            so: &[
                "Port 22\nPerSourcePenaltyExemptList 203.0.113.7,2001:db8:7::/64",
                "These IP addresses/networks are ignored:\n|- 127.0.0.0/8\n|- 2001:db8:7::/64\n|- ::1\n`- 203.0.113.7",
            ],
            not_so: &[
                (&["Port 22", ""], "sshd exempts nobody"),
                (
                    &[
                        "PerSourcePenaltyExemptList 203.0.113.7,2001:db8:7::/64",
                        "|- 127.0.0.0/8\n`- 203.0.113.7",
                    ],
                    "fail2ban ignores 127.0.0.0/8, 203.0.113.7/32",
                ),
            ],
        },
    ]
}
