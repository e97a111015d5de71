//! `hostwright init`: a fleet repository that passes `check`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::host::{Label, PublicKey};
use crate::render::render;
use crate::rules::check;
use crate::system::{create_directory, default_public_keys, exists, read_bounded, write_atomic};

use super::Global;
use super::output::{Exit, Output};
use super::reference::{SCHEMA_FILE, schema_text};

/// What `nix flake init -t` gives, too.
const FLAKE: &str = include_str!("../../templates/default/flake.nix");
const ATTRIBUTES: &str = include_str!("../../templates/default/.gitattributes");
const IGNORED: &str = include_str!("../../templates/default/.gitignore");
const README: &str = include_str!("../../templates/default/README.md");
const HOST: &str = include_str!("../../templates/default/hosts/web.toml");

/// Folder of the descriptions, as flake.nix has it.
const HOSTS: &str = "hosts";

/// Stands for the key in the template.
const KEY: &str = "\"PASTE YOUR PUBLIC KEY\"";

/// A line of `authorized_keys` is far smaller.
const MAX_KEY_BYTES: usize = 16 << 10;

/// Arguments of `hostwright init`.
#[derive(Debug, clap::Args)]
pub(super) struct Init {
    /// Directory of the new repository; it may exist
    #[arg(default_value = ".")]
    directory: PathBuf,
    /// Name of the first host
    #[arg(long, default_value = "web")]
    name: String,
    /// Your public key; by default the first of ~/.ssh/id_*.pub
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl Init {
    pub(super) fn run(&self, global: &Global, output: &mut Output) -> anyhow::Result<Exit> {
        if global.fleet != Path::new(HOSTS) {
            bail!(
                "--hosts {}: a new repository has its descriptions in {HOSTS}/, where its flake.nix reads them; leave it out",
                global.fleet.display()
            );
        }
        let name = self.name.parse::<Label>();
        let name = name.with_context(|| format!("`{}` cannot name a host", self.name))?;
        let key = self.key()?;
        let files = files(name.as_str(), &key)?;
        for (path, _) in &files {
            let path = self.directory.join(path);
            if exists(&path) {
                bail!("{} exists; nothing was written", path.display());
            }
        }
        create_directory(&self.directory.join(HOSTS))?;
        for (path, text) in &files {
            let path = self.directory.join(path);
            write_atomic(&path, text.as_bytes())?;
            output.say(&format!("wrote {}", path.display()))?;
        }
        output.say(&next_steps(&self.directory, name.as_str(), &key))?;
        Ok(Exit::Success)
    }

    fn key(&self) -> anyhow::Result<PublicKey> {
        let candidates = match &self.key {
            Some(path) => vec![path.clone()],
            None => default_public_keys(),
        };
        let Some(path) = candidates.first() else {
            bail!(
                "no public key in ~/.ssh: make one with `ssh-keygen -t ed25519`, or name one with --key FILE"
            );
        };
        let bytes = read_bounded(path, MAX_KEY_BYTES)
            .context("--key takes the file of a public key, such as ~/.ssh/id_ed25519.pub")?;
        let text = String::from_utf8_lossy(&bytes);
        text.trim()
            .parse()
            .with_context(|| format!("{} holds no public key that sshd accepts", path.display()))
    }
}

fn files(name: &str, key: &PublicKey) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let quoted = toml::Value::from(key.to_string()).to_string();
    let description = HOST
        .replace(KEY, &quoted)
        .replace("host_name = \"web\"", &format!("host_name = \"{name}\""));
    let checked = check(description.as_bytes());
    let host = checked
        .host
        .context("the template of a host is refused: a defect of hostwright")?;
    let module = render(name, description.as_bytes(), &host)?;
    let files = [
        ("flake.nix".into(), FLAKE.into()),
        (".gitattributes".into(), ATTRIBUTES.into()),
        (".gitignore".into(), IGNORED.into()),
        ("README.md".into(), README.replace("web", name)),
        (format!("{HOSTS}/{SCHEMA_FILE}"), schema_text()?),
        (format!("{HOSTS}/{name}.toml"), description),
        (format!("{HOSTS}/{name}.nix"), module.text),
    ];
    Ok(files.map(|(path, text)| (PathBuf::from(path), text)).into())
}

fn next_steps(directory: &Path, name: &str, key: &PublicKey) -> String {
    let enter = match directory {
        here if here == Path::new(".") => String::new(),
        there => format!("cd {}\n  ", there.display()),
    };
    format!(
        "\nadmin of {name} logs in with {} ({})\n\nnext:\n  {enter}git init && git add .\n  \
         $EDITOR hosts/{name}.toml\n  hostwright check && hostwright render",
        key.fingerprint(),
        key.comment(),
    )
}
