//! Memory, swap, mounts and addresses of a host that runs.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::facts::Check;

use super::output::{Judgement, Output, differs};

/// Bytes of `MemTotal` in /proc/meminfo.
fn total_memory(meminfo: &Output) -> Result<u64, String> {
    let mut lines = meminfo.text()?.lines();
    let value = lines.find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = value.and_then(|value| value.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.map(|kib| kib << 10)
        .ok_or_else(|| "/proc/meminfo has no MemTotal".to_owned())
}

/// Firmware and kernel take at most a tenth.
pub(super) fn memory(bytes: u64, meminfo: &Output) -> Judgement {
    let total = total_memory(meminfo)?;
    if total >= bytes / 10 * 9 {
        Ok(())
    } else {
        Err(format!("it has {total} bytes instead of {bytes}"))
    }
}

/// Size in bytes and priority of what `swapon` shows under a name.
fn swap(name: &str, list: &Output) -> Result<(u64, i32), String> {
    let text = list.text()?;
    let find = |line: &str| {
        let mut words = line.split_whitespace();
        (words.next()? == name).then_some(())?;
        Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
    };
    text.lines().find_map(find).ok_or_else(|| {
        let text = if text.is_empty() { "nothing" } else { text };
        format!("it is not in use; swap is on: {text}")
    })
}

/// The first page of a swap file is its header.
const HEADER: u64 = 4096;

pub(super) fn swap_file(path: &str, (bytes, priority): (u64, i32), list: &Output) -> Judgement {
    differs(&swap(path, list)?, &(bytes - HEADER, priority))
}

/// Its size is a part of the memory, give or take two percent.
pub(super) fn zram((percent, priority): (u32, i32), list: &Output, meminfo: &Output) -> Judgement {
    let (size, found) = swap("/dev/zram0", list)?;
    let part = u128::from(size) * 100 / u128::from(total_memory(meminfo)?.max(1));
    if part.abs_diff(percent.into()) > 2 {
        return Err(format!(
            "it is {part} % of the memory instead of {percent} %"
        ));
    }
    differs(&found, &priority)
}

/// `resolvectl dns` lists servers by link, those over TLS as `ADDRESS#NAME`.
pub(super) fn resolver(address: &IpAddr, list: &Output) -> Judgement {
    let known = list.text()?;
    let plain = |word: &str| {
        word.split(['#', '%'])
            .next()
            .and_then(|it| it.parse::<IpAddr>().ok())
    };
    if known
        .split_whitespace()
        .any(|word| plain(word) == Some(*address))
    {
        Ok(())
    } else {
        Err(format!("resolved asks {known}"))
    }
}

/// `findmnt` names the device behind the mount, `readlink` that of the volume.
pub(super) fn mounted(file_system: &str, mount: &Output, device: &Output) -> Judgement {
    let found = mount
        .text()
        .map_err(|_| "nothing is mounted there".to_owned())?;
    let wanted = format!("{} {file_system}", device.text()?);
    differs(&found, &wanted.as_str())
}

/// Addresses of `ip -o addr`, with their lengths.
fn addresses(list: &Output) -> Result<Vec<IpNet>, String> {
    let words = list.text()?.lines().flat_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let pairs = words.windows(2);
        let inet = pairs.filter(|pair| ["inet", "inet6"].contains(&pair[0]));
        inet.map(|pair| pair[1].to_owned()).collect::<Vec<_>>()
    });
    Ok(words.filter_map(|word| word.parse().ok()).collect())
}

fn shown(addresses: &[IpNet]) -> String {
    let words: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    if words.is_empty() {
        "none".into()
    } else {
        words.join(", ")
    }
}

pub(super) fn address_in(network: &str, list: &Output) -> Judgement {
    let network: IpNet = network
        .parse()
        .map_err(|_| format!("{network} is no network"))?;
    let found = addresses(list)?;
    if found.iter().any(|it| network.contains(&it.addr())) {
        Ok(())
    } else {
        Err(format!("its addresses are {}", shown(&found)))
    }
}

/// A public address is a global unicast one (`2000::/3`) with a default route.
pub(super) fn public_ipv6(present: bool, list: &Output, routes: &Output) -> Judgement {
    let found = addresses(list)?;
    let public = |it: &&IpNet| matches!(it.addr(), IpAddr::V6(it) if it.segments()[0] >> 13 == 1);
    let public: Vec<IpNet> = found.iter().filter(public).copied().collect();
    let has_route = !routes.text()?.is_empty();
    if present && public.is_empty() || !present && !public.is_empty() {
        return Err(format!("its public IPv6 addresses: {}", shown(&public)));
    }
    if present && !has_route {
        return Err("it has no IPv6 route to the internet".into());
    }
    Ok(())
}

/// `ip -o link`, `ip -o addr` and the default routes of a named link.
pub(super) fn link(check: &Check, outputs: &[&Output]) -> Judgement {
    let (
        Check::Link {
            mac,
            role,
            addresses: wanted,
            gateway,
            mtu,
            ..
        },
        [link, list, routes],
    ) = (check, outputs)
    else {
        return Err("the host was not asked".into());
    };
    let link = link
        .text()
        .map_err(|_| "there is no such link".to_owned())?;
    let words: Vec<&str> = link.split_whitespace().collect();
    let after = |key: &str| {
        let found = words.windows(2).find(|pair| pair[0] == key);
        found.map(|pair| pair[1])
    };
    if let Some(mac) = mac {
        differs(&after("link/ether"), &Some(mac.as_str()))?;
    }
    if let Some(mtu) = mtu {
        differs(&after("mtu"), &Some(mtu.to_string().as_str()))?;
    }
    let has = addresses(list)?;
    let wanted = wanted.iter().filter_map(|word| word.parse::<IpNet>().ok());
    if let Some(missing) = wanted.into_iter().find(|it| !has.contains(it)) {
        return Err(format!(
            "{missing} is missing; its addresses are {}",
            shown(&has)
        ));
    }
    let routes = routes.text()?;
    match gateway.map(|gateway| format!("via {gateway} ")) {
        Some(via) if !format!("{routes} ").contains(&via) => {
            Err(format!("its default route is {routes}"))
        }
        None if *role == Some("private") && !routes.is_empty() => {
            Err(format!("it is a way out: {routes}"))
        }
        _ => Ok(()),
    }
}
