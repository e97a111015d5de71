//! Whether what a host printed is what a fact says. The outputs are those of
//! the fact's commands, in their order.

use crate::facts::Check;

use super::output::{Judgement, Output, differs};
use super::{access, bans, host, volatile};

/// Judges a fact.
pub(super) fn judge(check: &Check, outputs: &[&Output]) -> Judgement {
    let output = |at: usize| {
        let output = outputs.get(at).copied();
        output.ok_or_else(|| "the host was not asked".to_owned())
    };
    let first = output(0)?;
    // Some kinds have a second command only with some values.
    let second = output(1).ok();
    match check {
        Check::HostName { name, domain } => host::name(name, domain.as_deref(), first, second),
        Check::Architecture { machine } => differs(&first.text()?, machine),
        Check::Processors { count } => differs(&first.text()?, &count.to_string().as_str()),
        Check::Memory { bytes } => volatile::memory(*bytes, first),
        Check::TimeZone { zone } => host::time_zone(zone, first, output(1)?),
        Check::Locale { locale } => host::locale(locale, first),
        Check::Package { attribute } => host::package(attribute, first),
        Check::UnitActive { .. } => differs(&first.text.as_str(), &"active"),
        Check::NoFailedUnits {} => host::no_failed_units(first),
        Check::Sysctl { value, .. } => differs(&first.text()?, &value.to_string().as_str()),
        Check::ModuleBlacklisted { module } => host::blacklisted(module, first),
        Check::KernelParameter { parameter } => host::parameter(parameter, first),
        Check::NixSetting { setting, values } => host::nix(setting, values, first),
        Check::NoCoreDumps {} => host::no_core_dumps(first, output(1)?),
        Check::AddressIn { network } => volatile::address_in(network, first),
        Check::PublicIpv6 { present } => volatile::public_ipv6(*present, first, output(1)?),
        Check::Link { .. } => volatile::link(check, outputs),
        Check::Mount { file_system, .. } => volatile::mounted(file_system, first, output(1)?),
        Check::SwapFile {
            path,
            bytes,
            priority,
        } => volatile::swap_file(path, (*bytes, *priority), first),
        Check::Zram { percent, priority } => {
            volatile::zram((*percent, *priority), first, output(1)?)
        }
        Check::NoSwap {} => differs(&first.text()?, &""),
        Check::Resolver { address } => volatile::resolver(address, first),
        Check::Account {
            groups,
            description,
            ..
        } => access::account(groups, description, first, second),
        Check::AuthorizedKeys { fingerprints, .. } => access::keys(fingerprints, first),
        Check::ListeningSockets { allowed } => access::sockets(allowed, first),
        Check::SshdSetting { setting, values } => access::sshd(setting, values, first),
        Check::Sudo { grant, .. } => access::sudo(*grant, first),
        // Setuid root, and nobody but owner and group may run it.
        Check::SudoWheelOnly {} => differs(&first.text()?, &"wheel -r-s--x---"),
        Check::Fail2banSetting { value, .. } => differs(&first.text()?, &value.as_str()),
        Check::Fail2banIgnores { networks } => bans::ignores(networks, first, second),
        // Nothing to judge: they have no commands (commands.rs).
        Check::SshLogin { .. }
        | Check::Port { .. }
        | Check::PublishedPort { .. }
        | Check::TransitDropped { .. }
        | Check::Limit { .. }
        | Check::Outgoing { .. }
        | Check::BlockLogged { .. }
        | Check::Ban { .. }
        | Check::BanLifted { .. }
        | Check::NeverBanned { .. }
        | Check::ReloadKeeps { .. } => Err("a look at the host does not show it".into()),
    }
}
