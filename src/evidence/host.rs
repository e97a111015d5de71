//! Name, place, programs, units and kernel of a host.

use super::output::{Judgement, Output, differs};

pub(super) fn name(
    name: &str,
    domain: Option<&str>,
    short: &Output,
    full: Option<&Output>,
) -> Judgement {
    differs(&short.text()?, &name)?;
    match (domain, full) {
        (Some(domain), Some(full)) => differs(&full.text()?, &format!("{name}.{domain}").as_str()),
        _ => Ok(()),
    }
}

/// The link's target ends in .../zoneinfo/ZONE, and is there.
pub(super) fn time_zone(zone: &str, link: &Output, file: &Output) -> Judgement {
    let target = link.text()?;
    let found = target
        .split_once("zoneinfo/")
        .map_or(target, |(_, zone)| zone);
    differs(&found, &zone)?;
    differs(&file.text()?, &"regular file")
}

/// The line `LANG=...` of /etc/locale.conf.
pub(super) fn locale(locale: &str, file: &Output) -> Judgement {
    let lines = file.text()?.lines();
    let found = lines
        .filter_map(|line| line.strip_prefix("LANG="))
        .next_back();
    differs(&found.map(|found| found.trim_matches('"')), &Some(locale))
}

/// Some store path is /nix/store/HASH-NAME-VERSION.
pub(super) fn package(attribute: &str, paths: &Output) -> Judgement {
    let name = attribute.rsplit('.').next().unwrap_or(attribute);
    let is_of_package = |path: &str| {
        let base = path.rsplit('/').next()?;
        let (_, base) = base.split_once('-')?;
        let version = base.strip_prefix(name)?.strip_prefix('-')?;
        Some(version.starts_with(|c: char| c.is_ascii_digit()))
    };
    if paths
        .text()?
        .lines()
        .any(|path| is_of_package(path) == Some(true))
    {
        Ok(())
    } else {
        Err("nothing on the system's path comes from it".into())
    }
}

pub(super) fn no_failed_units(list: &Output) -> Judgement {
    match list.text()? {
        "" => Ok(()),
        failed => Err(format!("failed: {failed}")),
    }
}

/// modprobe calls a module with `-` by the name with `_`, too.
pub(super) fn blacklisted(module: &str, configuration: &Output) -> Judgement {
    let plain = |name: &str| name.replace('-', "_");
    let mut lines = configuration.text()?.lines();
    let listed = lines.any(|line| {
        let name = line.strip_prefix("blacklist ");
        name.is_some_and(|name| plain(name.trim()) == plain(module))
    });
    if listed {
        Ok(())
    } else {
        Err("modprobe's configuration does not name it".into())
    }
}

pub(super) fn parameter(parameter: &str, line: &Output) -> Judgement {
    let line = line.text()?;
    if line.split_whitespace().any(|word| word == parameter) {
        Ok(())
    } else {
        Err(format!("the kernel was started with {line}"))
    }
}

/// The line `SETTING = WORD WORD` of nix.conf.
pub(super) fn nix(setting: &str, values: &[String], file: &Output) -> Judgement {
    let mut lines = file.text()?.lines().filter_map(|line| line.split_once('='));
    let found = lines.rfind(|(name, _)| name.trim() == setting);
    let Some((_, found)) = found else {
        return Err("nix.conf does not set it".into());
    };
    let sorted = |mut words: Vec<&str>| {
        words.sort_unstable();
        words.join(" ")
    };
    let wanted = values.iter().map(String::as_str).collect();
    differs(&sorted(found.split_whitespace().collect()), &sorted(wanted))
}

pub(super) fn no_core_dumps(pattern: &Output, stored: &Output) -> Judgement {
    let pattern = pattern.text()?;
    if pattern.starts_with('|') && pattern.contains("coredump") {
        return Err(format!("the kernel hands crashes to {pattern}"));
    }
    match stored.text()? {
        "" => Ok(()),
        stored => Err(format!("a crash was kept: {stored}")),
    }
}
