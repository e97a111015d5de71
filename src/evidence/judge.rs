//! Whether what a host printed is what a fact says. The outputs are those of
//! the fact's commands, in their order.

use crate::facts::Check;

use super::output::{Output, differs};
use super::{access, bans, host, volatile};

/// Nothing, or what was seen instead.
pub(super) type Judgement = Result<(), String>;

/// Judges a fact.
pub(super) fn judge(check: &Check, outputs: &[&Output]) -> Judgement {
    let output = |at: usize| {
        let output = outputs.get(at).copied();
        output.ok_or_else(|| "the host was not asked".to_owned())
    };
    match check {
        Check::HostName { name, domain } => {
            host::name(name, domain.as_deref(), output(0)?, outputs.get(1).copied())
        }
        Check::Architecture { machine } => differs(&output(0)?.text()?, machine),
        Check::Processors { count } => differs(&output(0)?.text()?, &count.to_string().as_str()),
        Check::Memory { bytes } => volatile::memory(*bytes, output(0)?),
        Check::TimeZone { zone } => host::time_zone(zone, output(0)?, output(1)?),
        Check::Locale { locale } => host::locale(locale, output(0)?),
        Check::Package { attribute } => host::package(attribute, output(0)?),
        Check::UnitActive { .. } => differs(&output(0)?.text.as_str(), &"active"),
        Check::NoFailedUnits {} => host::no_failed_units(output(0)?),
        Check::Sysctl { value, .. } => differs(&output(0)?.text()?, &value.to_string().as_str()),
        Check::ModuleBlacklisted { module } => host::blacklisted(module, output(0)?),
        Check::KernelParameter { parameter } => host::parameter(parameter, output(0)?),
        Check::NixSetting { setting, values } => host::nix(setting, values, output(0)?),
        Check::NoCoreDumps {} => host::no_core_dumps(output(0)?, output(1)?),
        Check::AddressIn { network } => volatile::address_in(network, output(0)?),
        Check::PublicIpv6 { present } => volatile::public_ipv6(*present, output(0)?, output(1)?),
        Check::Link { .. } => volatile::link(check, outputs),
        Check::Mount { file_system, .. } => volatile::mounted(file_system, output(0)?, output(1)?),
        Check::SwapFile {
            path,
            bytes,
            priority,
        } => volatile::swap_file(path, (*bytes, *priority), output(0)?),
        Check::Zram { percent, priority } => {
            volatile::zram((*percent, *priority), output(0)?, output(1)?)
        }
        Check::NoSwap {} => differs(&output(0)?.text()?, &""),
        Check::Resolver { address } => volatile::resolver(address, output(0)?),
        _ => access(check, outputs),
    }
}

/// Of accounts, sshd and fail2ban.
fn access(check: &Check, outputs: &[&Output]) -> Judgement {
    let [first, rest @ ..] = outputs else {
        return Err("the host was not asked".into());
    };
    match check {
        Check::Account {
            groups,
            description,
            ..
        } => access::account(groups, description, first, rest.first().copied()),
        Check::AuthorizedKeys { fingerprints, .. } => access::keys(fingerprints, first),
        Check::ListeningSockets { allowed } => access::sockets(allowed, first),
        Check::SshdSetting { setting, values } => access::sshd(setting, values, first),
        Check::Sudo { grant, .. } => access::sudo(*grant, first),
        // Setuid root, and nobody but owner and group may run it.
        Check::SudoWheelOnly {} => differs(&first.text()?, &"wheel -r-s--x---"),
        Check::Fail2banSetting { value, .. } => differs(&first.text()?, &value.as_str()),
        Check::Fail2banIgnores { networks } => {
            bans::ignores(networks, first, rest.first().copied())
        }
        _ => Err("a look at the host does not show it".into()),
    }
}
