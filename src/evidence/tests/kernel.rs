//! What kernels print of parameters and swap.

use crate::facts::Check;

use super::{Case, text};

pub(super) fn cases() -> Vec<Case> {
    [part1(), part2()].into_iter().flatten().collect()
}

fn part1() -> Vec<Case> {
    vec![
        Case {
            check: Check::Sysctl {
                name: text("kernel.kptr_restrict"),
                value: 2,
            },
            so: &["2"],
            not_so: &[(&["0"], "it is \"0\" instead of \"2\"")],
        },
        Case {
            check: Check::ModuleBlacklisted {
                module: text("hfsplus"),
            },
            so: &["blacklist hfs\nblacklist hfsplus"],
            not_so: &[(&["blacklist hfs"], "does not name it")],
        },
        Case {
            check: Check::KernelParameter {
                parameter: text("slab_nomerge"),
            },
            so: &["BOOT_IMAGE=/nix/store/x init=/y slab_nomerge"],
            not_so: &[(
                &["init=/y slab_nomerge2"],
                "the kernel was started with init=/y",
            )],
        },
        Case {
            check: Check::NixSetting {
                setting: "allowed-users",
                values: vec![text("@wheel"), text("root")],
            },
            so: &["# generated\nallowed-users = root @wheel\ntrusted-users = root"],
            not_so: &[
                (&["allowed-users = *"], "it is \"*\""),
                (&["trusted-users = root @wheel"], "does not set it"),
            ],
        },
        Case {
            check: Check::NoCoreDumps {},
            so: &["core", ""],
            not_so: &[
                (
                    &["|/nix/store/x/lib/systemd/systemd-coredump %P", ""],
                    "hands crashes to",
                ),
                (
                    &["core", "/var/lib/systemd/coredump/core.sleep"],
                    "a crash was kept",
                ),
            ],
        },
    ]
}

fn part2() -> Vec<Case> {
    vec![
        Case {
            check: Check::SwapFile {
                path: text("/var/lib/swapfile"),
                bytes: 4 << 30,
                priority: 1,
            },
            so: &["/var/lib/swapfile 4294963200 1"],
            not_so: &[
                (&[""], "it is not in use; swap is on: nothing"),
                (&["/var/lib/swapfile 2147479552 1"], "it is (2147479552, 1)"),
                (
                    &["/var/lib/swapfile 4294963200 -2"],
                    "it is (4294963200, -2)",
                ),
            ],
        },
        Case {
            check: Check::Zram {
                percent: 50,
                priority: 100,
            },
            so: &["/dev/zram0 1024000000 100", "MemTotal:        2000000 kB"],
            not_so: &[
                (
                    &["/dev/zram0 102400000 100", "MemTotal:        2000000 kB"],
                    "it is 5 % of the memory",
                ),
                (
                    &["/dev/zram0 1024000000 5", "MemTotal:        2000000 kB"],
                    "it is 5 instead of 100",
                ),
                (&["", "MemTotal:        2000000 kB"], "it is not in use"),
            ],
        },
        Case {
            check: Check::NoSwap {},
            so: &[""],
            not_so: &[(&["/dev/vda2 1024 -2"], "/dev/vda2")],
        },
    ]
}
