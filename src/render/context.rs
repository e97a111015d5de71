//! What the templates are given: the host as plain values.

use std::collections::BTreeSet;

use minijinja::{Value, context};

use crate::description::raw::{Kex, RootLogin, Sudo, VolumeFileSystem};
use crate::hardening::HardeningLevel;
use crate::host::{Interface, Network, Selector, Swap, User, Volume};
use crate::rules::CheckedHost;

/// Everything that `host.nix.j2` and what it includes may name.
pub(super) fn context(name: &str, host: &CheckedHost) -> Value {
    context! {
        name,
        target => host.machine.provider.as_str(),
        nix_system => host.machine.architecture.nix_system(),
        machine => machine(host),
        system => system(host),
        users => users(host),
        sudo => sudo(host),
        nobody_administers => nobody_administers(host),
        ssh => ssh(host),
        firewall => firewall(host),
        fail2ban => fail2ban(host),
        swap => swap(&host.swap, host),
        network => network(&host.network),
        volumes => host.volumes.iter().map(|(name, it)| volume(name, it)).collect::<Vec<_>>(),
        modules => host.nixos.modules.clone(),
        options => table(&host.nixos.options),
        has_options => !host.nixos.options.is_empty(),
    }
}

fn machine(host: &CheckedHost) -> Value {
    let machine = &host.machine;
    context! {
        type_name => machine.type_name.as_str(),
        memory => machine.memory.to_string(),
        vcpus => machine.vcpus,
    }
}

fn system(host: &CheckedHost) -> Value {
    let system = &host.system;
    let level = match system.hardening.level {
        HardeningLevel::None => "none",
        HardeningLevel::Standard => "standard",
        HardeningLevel::Strict => "strict",
    };
    context! {
        host_name => system.host_name.as_str(),
        domain => system.domain.as_ref().map(ToString::to_string),
        time_zone => system.time_zone.as_str(),
        locale => system.locale.as_str(),
        state_version => system.state_version.as_str(),
        level,
        items => system.hardening.items.clone(),
        packages => system.packages.iter().map(ToString::to_string).collect::<Vec<_>>(),
    }
}

fn users(host: &CheckedHost) -> Vec<Value> {
    let users = host.users.iter();
    users
        .map(|(name, user)| {
            context! {
                name => name.as_str(),
                root => name.as_str() == "root",
                description => user.description.as_str(),
                keys => user.keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
                groups => groups(user),
                hashed_password_file => user.hashed_password_file.as_ref().map(ToString::to_string),
            }
        })
        .collect()
}

/// The user's groups; sudo is membership of `wheel`.
fn groups(user: &User) -> Vec<String> {
    let wheel = (user.sudo != Sudo::None).then(|| "wheel".to_owned());
    let named = user.groups.iter().map(ToString::to_string);
    let mut seen = BTreeSet::new();
    let groups = wheel.into_iter().chain(named);
    groups.filter(|group| seen.insert(group.clone())).collect()
}

fn sudo(host: &CheckedHost) -> Value {
    let with = |sudo: Sudo| {
        let users = host.users.iter().filter(move |(_, user)| user.sudo == sudo);
        users.map(|(name, _)| name.to_string()).collect::<Vec<_>>()
    };
    let passwordless = with(Sudo::Passwordless);
    context! {
        all_passwordless => with(Sudo::Password).is_empty() && !passwordless.is_empty(),
        passwordless,
    }
}

/// Whether an override says that nobody may log in, or become root.
fn nobody_administers(host: &CheckedHost) -> bool {
    let rules = ["ssh-no-login", "ssh-no-root-path"];
    let mut overrides = host.overrides().iter();
    overrides.any(|applied| rules.contains(&applied.rule.as_str()))
}

fn ssh(host: &CheckedHost) -> Value {
    let ssh = &host.ssh;
    context! {
        ports => ssh.ports.clone(),
        allow_users => ssh.allow_users.iter().map(ToString::to_string).collect::<Vec<_>>(),
        permit_root_login => match ssh.root_login {
            RootLogin::No => "no",
            RootLogin::ProhibitPassword => "prohibit-password",
        },
        max_auth_tries => ssh.max_auth_tries,
        login_grace_time => ssh.login_grace_time.get(),
        tcp_forwarding => ssh.tcp_forwarding,
        pq_only => ssh.kex == Kex::PqOnly,
    }
}

fn firewall(host: &CheckedHost) -> Value {
    let rules = (0..host.firewall.rules().len()).map(|index| format!("firewall.rules[{index}]"));
    context! {
        guard => host.firewall.guard_table(),
        input => host.firewall.input_rules(),
        rules => rules.collect::<Vec<_>>(),
    }
}

fn fail2ban(host: &CheckedHost) -> Value {
    let fail2ban = &host.fail2ban;
    let ignore = fail2ban.ignore.iter().map(|network| {
        // A single address without its prefix length, as people write it.
        if network.prefix_len() == network.max_prefix_len() {
            network.addr().to_string()
        } else {
            network.to_string()
        }
    });
    context! {
        enable => fail2ban.enable,
        max_retry => fail2ban.max_retry,
        find_time => fail2ban.find_time.to_string(),
        ban_time => fail2ban.ban_time.to_string(),
        ban_time_max => fail2ban.ban_time_max.to_string(),
        ignore => ignore.collect::<Vec<_>>(),
    }
}

fn swap(swap: &Swap, host: &CheckedHost) -> Value {
    let memory = host.machine.memory;
    context! {
        file => swap.file.as_ref().map(|file| context! {
            path => file.path.as_str(),
            size => file.size.to_string(),
            mib => file.size.mib(),
            share => file.size.bytes() * 100 / memory.bytes(),
            priority => file.priority,
        }),
        zram => swap.zram.as_ref().map(|zram| context! {
            percent => zram.percent,
            priority => zram.priority,
        }),
        swappiness => swap.swappiness,
    }
}

fn network(network: &Network) -> Value {
    let servers = network.name_servers.iter().map(ToString::to_string);
    let interfaces = network.interfaces.iter();
    context! {
        ipv6 => network.ipv6,
        name_servers => servers.collect::<Vec<_>>(),
        interfaces => interfaces.map(|(name, it)| interface(name, it)).collect::<Vec<_>>(),
    }
}

fn interface(name: &str, interface: &Interface) -> Value {
    let (mac, role) = match &interface.selector {
        Selector::Mac(mac) => (Some(mac.to_string()), None),
        Selector::Role(role) => (None, Some(role.as_str())),
    };
    let addresses = interface.addresses.iter().map(ToString::to_string);
    context! {
        name,
        mac,
        role,
        dhcp => interface.dhcp,
        addresses => addresses.collect::<Vec<_>>(),
        gateway => interface.gateway.map(|gateway| gateway.to_string()),
        mtu => interface.mtu.map(|mtu| mtu.to_string()),
        configured => !interface.addresses.is_empty() || interface.mtu.is_some() || !interface.dhcp,
    }
}

fn volume(name: &str, volume: &Volume) -> Value {
    context! {
        name,
        device => volume.device.as_str(),
        mount => volume.mount.as_str(),
        size => volume.size.to_string(),
        file_system => match volume.file_system {
            VolumeFileSystem::Ext4 => "ext4",
            VolumeFileSystem::Xfs => "xfs",
        },
    }
}

/// TOML values have the shapes of Nix values; `resolve` refuses the few
/// that Nix cannot hold.
fn table(table: &toml::Table) -> Value {
    Value::from_pairs(
        table
            .iter()
            .map(|(key, value)| (key.clone(), toml_value(value))),
    )
}

fn toml_value(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(truth) => (*truth).into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(items) => items.iter().map(toml_value).collect(),
        toml::Value::Table(inner) => table(inner),
    }
}
