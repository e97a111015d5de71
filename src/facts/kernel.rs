//! Hardening: the items that are on, each by what it leaves to see.

use crate::hardening::{self, Item};
use crate::host::Host;

use super::access::sshd;
use super::check::Check;
use super::fact::Stage;
use super::list::List;

pub(super) fn facts(host: &Host, list: &mut List) {
    let hardening = &host.system.hardening;
    for (name, item) in hardening::enabled(hardening.level, &hardening.items) {
        let switched = hardening.items.contains_key(name);
        let key = if switched {
            format!("system.hardening_items.{name}")
        } else {
            "system.hardening".to_owned()
        };
        parameters(&key, item, list);
        for (option, value) in &item.options {
            for (check, stages, what) in observable(option, value) {
                list.add([key.clone()], stages, check, what);
            }
            if let Some((setting, value)) = sshd_option(option, value) {
                sshd(list, [key.clone()], &setting, vec![value]);
            }
        }
    }
}

fn parameters(key: &str, item: &Item, list: &mut List) {
    for (name, value) in &item.sysctl {
        // Other parameters of a container are those of its builder.
        let stages = if name.starts_with("net.ipv") {
            Stage::ALL
        } else {
            Stage::OWN_KERNEL
        };
        let (name, value) = (name.clone(), *value);
        let what = format!("{name} is {value}");
        list.add([key], stages, Check::Sysctl { name, value }, what);
    }
}

type Observed = (Check, &'static [Stage], String);

/// What is to be seen of a NixOS option of hardening.toml. Nothing for those
/// that a kernel parameter or sshd shows already; a test knows each of them.
pub(super) fn observable(option: &str, value: &toml::Value) -> Vec<Observed> {
    let words = words(value);
    let each = |make: fn(String) -> Observed| words.iter().cloned().map(make).collect();
    match option {
        "boot.blacklistedKernelModules" => each(|module| {
            let what = format!("the module {module} is not loaded on demand");
            (Check::ModuleBlacklisted { module }, Stage::OWN_KERNEL, what)
        }),
        "boot.kernelParams" => each(|parameter| {
            let what = format!("the kernel was started with {parameter}");
            (
                Check::KernelParameter { parameter },
                Stage::OWN_KERNEL,
                what,
            )
        }),
        "nix.settings.allowed-users" => {
            let what = format!("the Nix daemon serves {} only", words.join(" "));
            let check = Check::NixSetting {
                setting: "allowed-users",
                values: words,
            };
            vec![(check, Stage::ALL, what)]
        }
        "security.sudo.execWheelOnly" => {
            let what = "only members of wheel can run sudo".into();
            vec![(Check::SudoWheelOnly {}, Stage::ALL, what)]
        }
        "systemd.coredump.enable" => {
            let what = "crashes are not kept on the disk".into();
            vec![(Check::NoCoreDumps {}, Stage::OWN_KERNEL, what)]
        }
        _ => Vec::new(),
    }
}

/// `services.openssh.settings.X`, as `sshd -T` prints it.
pub(super) fn sshd_option(option: &str, value: &toml::Value) -> Option<(String, String)> {
    let setting = option
        .strip_prefix("services.openssh.settings.")?
        .to_lowercase();
    let value = match value {
        toml::Value::Boolean(on) => if *on { "yes" } else { "no" }.to_owned(),
        other => other.as_str()?.to_owned(),
    };
    Some((setting, value))
}

fn words(value: &toml::Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.filter_map(|word| word.as_str().map(ToOwned::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{observable, sshd_option};
    use crate::hardening::items;

    /// Options without a look of their own: the item's kernel parameters show them.
    const SHOWN_OTHERWISE: [&str; 1] = ["security.protectKernelImage"];

    #[test]
    fn every_option_of_an_item_is_seen() {
        for (name, item) in items() {
            for (option, value) in &item.options {
                let seen = !observable(option, value).is_empty()
                    || sshd_option(option, value).is_some()
                    || SHOWN_OTHERWISE.contains(&option.as_str()) && !item.sysctl.is_empty();
                assert!(seen, "{name}: no fact shows {option}");
            }
        }
    }
}
