//! The escape hatch, as far as it can be read without NixOS.

use std::collections::BTreeSet;

use crate::diagnostics::{Finding, key_path};

use super::options::{self, Leaf};
use super::rule::{Context, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule::error(
        "nixos-module-path",
        "further modules are .nix files in a folder beside the description: right beside it each is a host, and a flake sees nothing else",
        &["nixos"],
        module_path,
    )
    .without_override(),
    Rule::error(
        "nixos-option-name",
        "the words of an option are joined by dots outside of quotes: with quotes around all of it, it is one unknown word",
        &["nixos"],
        option_name,
    )
    .without_override(),
    Rule::error(
        "nixos-option-owned",
        "what the description has a key for is said by that key: set twice, NixOS refuses it or one hides the other",
        &["nixos"],
        option_owned,
    )
    .without_override(),
];

fn module_path(context: &Context<'_>) -> Vec<Finding> {
    let modules = &context.host.nixos.modules;
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for (index, module) in modules.iter().enumerate() {
        let path = format!("nixos.modules[{index}]");
        let twice = !seen.insert(module.trim_start_matches("./"));
        let label = wrong_module(module).or(twice.then_some("listed twice"));
        let Some(label) = label else {
            continue;
        };
        findings.push(
            Finding::error("nixos-module-path", path)
                .message(format!("the module {module:?} cannot be imported"))
                .label(label)
                .help(MODULE_HELP),
        );
    }
    findings
}

const MODULE_HELP: &str = "write its path from this file on, such as \"web/extra.nix\"; put the file there and `git add` it";

/// A further module whose file is not there; whoever reads files sees that.
#[must_use]
pub fn missing_module(index: usize, module: &str) -> Finding {
    Finding::error("nixos-module-path", format!("nixos.modules[{index}]"))
        .message(format!("the module {module:?} cannot be imported"))
        .label("there is no such file")
        .help(MODULE_HELP)
}

/// Further modules by index, of those that could be imported if they are there.
pub(super) fn modules(context: &Context<'_>) -> Vec<(usize, String)> {
    let modules = context.host.nixos.modules.iter().enumerate();
    modules
        .filter(|(_, module)| wrong_module(module).is_none())
        .map(|(index, module)| (index, module.clone()))
        .collect()
}

fn wrong_module(module: &str) -> Option<&'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.+/".contains(c);
    if module.starts_with('/') || module.starts_with('~') || module.starts_with('<') {
        Some("not relative to this file")
    } else if module.contains("://") || module.starts_with("github:") {
        Some("not a file; add an input to flake.nix and import it there")
    } else if module.split('/').any(|part| part == "..") {
        Some("leaves the folder of the descriptions")
    } else if module.strip_suffix(".nix").is_none_or(str::is_empty) {
        Some("not a .nix file")
    } else if !module.trim_start_matches("./").contains('/') {
        Some("beside the descriptions, where each .nix file is a host's own")
    } else if !module.chars().all(plain) || module.split('/').any(str::is_empty) {
        Some("letters, digits and `_-.+/` only")
    } else {
        None
    }
}

fn option_name(context: &Context<'_>) -> Vec<Finding> {
    let names = context.host.nixos.options.keys();
    names
        .filter(|name| name.contains('.'))
        .map(|name| {
            Finding::error("nixos-option-name", key_path(options::ROOT, name))
                .on_key()
                .message(format!(
                    "{name:?} in quotes is one word, and no option has that name"
                ))
                .label("dots within the quotes")
                .help(format!(
                    "write it without quotes, {name} = …, or as the table [nixos.options.{name}]"
                ))
        })
        .collect()
}

/// In the place of a key: what no key says.
const FILE_NAME: &str = "";

/// Options and the keys that set them; what lies below an option is meant too.
const OWNED: [(&str, &str); 43] = [
    ("boot.kernel.sysctl.vm.swappiness", "swap.swappiness"),
    ("hostwright.firewall.guard", "firewall.rules"),
    ("hostwright.firewall.input", "firewall.rules"),
    ("hostwright.hardening.items", "system.hardening_items"),
    ("hostwright.hardening.level", "system.hardening"),
    ("hostwright.host", FILE_NAME),
    ("hostwright.network.interfaces", "network.interfaces"),
    ("hostwright.network.ipv6", "network.ipv6"),
    ("hostwright.system", "machine.type"),
    ("hostwright.target", "machine.provider"),
    ("networking.domain", "system.domain"),
    ("networking.enableIPv6", "network.ipv6"),
    ("networking.hostName", "system.host_name"),
    ("networking.nameservers", "network.name_servers"),
    ("i18n.defaultLocale", "system.locale"),
    ("security.sudo.wheelNeedsPassword", "users.NAME.sudo"),
    ("services.fail2ban.bantime", "fail2ban.ban_time"),
    (
        "services.fail2ban.bantime-increment.maxtime",
        "fail2ban.ban_time_max",
    ),
    (
        "services.fail2ban.jails.sshd.settings.findtime",
        "fail2ban.find_time",
    ),
    ("services.fail2ban.enable", "fail2ban.enable"),
    ("services.fail2ban.ignoreIP", "fail2ban.ignore"),
    ("services.fail2ban.maxretry", "fail2ban.max_retry"),
    ("services.openssh.enable", "ssh"),
    ("services.openssh.ports", "ssh.ports"),
    (
        "services.openssh.settings.AllowTcpForwarding",
        "ssh.tcp_forwarding",
    ),
    ("services.openssh.settings.AllowUsers", "ssh.allow_users"),
    (
        "services.openssh.settings.AuthenticationMethods",
        "users.NAME.keys",
    ),
    (
        "services.openssh.settings.KbdInteractiveAuthentication",
        "users.NAME.keys",
    ),
    ("services.openssh.settings.KexAlgorithms", "ssh.kex"),
    (
        "services.openssh.settings.LoginGraceTime",
        "ssh.login_grace_time",
    ),
    (
        "services.openssh.settings.MaxAuthTries",
        "ssh.max_auth_tries",
    ),
    (
        "services.openssh.settings.PasswordAuthentication",
        "users.NAME.keys",
    ),
    (
        "services.openssh.settings.PermitRootLogin",
        "ssh.root_login",
    ),
    ("services.openssh.settings.Port", "ssh.ports"),
    ("services.openssh.permitRootLogin", "ssh.root_login"),
    ("services.openssh.passwordAuthentication", "users.NAME.keys"),
    ("swapDevices", "swap.file"),
    ("system.stateVersion", "system.state_version"),
    ("time.timeZone", "system.time_zone"),
    ("users.mutableUsers", "users"),
    ("zramSwap.enable", "swap.zram_percent"),
    ("zramSwap.memoryPercent", "swap.zram_percent"),
    ("zramSwap.priority", "swap.zram_priority"),
];

fn option_owned(context: &Context<'_>) -> Vec<Finding> {
    let leaves = options::leaves(&context.host.nixos.options);
    let mut seen = BTreeSet::new();
    let owned = leaves.iter().filter_map(|leaf| {
        let (option, key) = owner(leaf)?;
        seen.insert(option).then(|| {
            let (says, help) = if key == FILE_NAME {
                let help = "rename the file and delete this line";
                ("the name of the file".to_owned(), help.to_owned())
            } else {
                let help = format!("set `{key}` of this description and delete this line");
                (format!("what the key `{key}` says"), help)
            };
            Finding::error("nixos-option-owned", place(leaf, option))
                .on_key()
                .message(format!("`{option}` is {says}"))
                .label("would be set twice")
                .help(help)
        })
    });
    owned.collect()
}

/// The path of the owned option in the description, whose own keys may have dots.
fn place(leaf: &Leaf<'_>, option: &str) -> String {
    let mut path = options::ROOT.to_owned();
    let mut read = 0;
    for key in &leaf.keys {
        if read < option.len() {
            path = key_path(&path, key);
            read += key.len() + 1;
        }
    }
    path
}

fn owner(leaf: &Leaf<'_>) -> Option<(&'static str, &'static str)> {
    let option = leaf.option();
    let entry = OWNED.iter().find(|(owned, _)| {
        let rest = option.strip_prefix(owned);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    entry.copied()
}
