//! The daemons of a host, run for real on the configuration that NixOS makes of
//! `hosts/hetzner-cpx31.toml`: sshd and fail2ban of Debian, in namespaces.
//!
//! `cargo test --features tier1 --test daemons`, as root; what is missing is
//! named with the command that installs it (see `tests/packages.debian`). The
//! configuration is committed in `fixtures/hetzner-cpx31`; `fixtures/refresh
//! --check` compares it with the evaluation. What must differ from NixOS is
//! adapted in [`server`] and [`fail2ban`], each with its reason.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "these tests start real programs, write their files and fail loudly"
)]

mod audit;
mod ban;
mod cables;
mod fail2ban;
mod machine;
mod programs;
mod server;
mod sshd;
