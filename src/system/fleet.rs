//! The directory of a fleet's hosts: NAME.toml beside NAME.nix.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A directory of descriptions.
#[derive(Clone, Debug)]
pub struct Fleet {
    directory: PathBuf,
}

/// One host's files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostFile {
    /// NAME of NAME.toml.
    pub name: String,
    /// The description.
    pub description: PathBuf,
}

impl HostFile {
    fn at(description: PathBuf) -> Option<Self> {
        let name = description.file_stem()?.to_str()?.to_owned();
        Some(Self { name, description })
    }

    /// Whether an entry of the folder is a description: no hidden one, which
    /// editors and nix/fleet.nix leave to themselves, too.
    fn is_description(path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        !name.starts_with(b".") && name.ends_with(b".toml")
    }

    /// The generated module beside the description.
    #[must_use]
    pub fn module(&self) -> PathBuf {
        self.description.with_extension("nix")
    }
}

/// Why hosts cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// The directory cannot be listed.
    #[error("cannot list the hosts in {}; run this beside that folder, or name another with --hosts", directory.display())]
    List {
        /// The directory.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no such host.
    #[error("there is no host `{name}`: {} does not exist{hint}", expected.display())]
    Unknown {
        /// What was asked for.
        name: String,
        /// The file that it would be.
        expected: PathBuf,
        /// The nearest name, or those that there are.
        hint: String,
    },
    /// A description's name is no text.
    #[error("{description:?} cannot name a host: its name is not UTF-8; rename the file")]
    Name {
        /// The description.
        description: PathBuf,
    },
    /// The directory has no descriptions.
    #[error("no descriptions (*.toml) in {}; `hostwright init` makes a first one", directory.display())]
    Empty {
        /// The directory.
        directory: PathBuf,
    },
}

impl Fleet {
    /// The fleet of `directory`, usually `hosts`.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
        }
    }

    /// The named hosts; all of them, sorted, if none is named. A name is that
    /// of a host or the path of a description.
    ///
    /// # Errors
    /// If a host does not exist or the directory cannot be listed.
    pub fn select(&self, names: &[String]) -> Result<Vec<HostFile>, FleetError> {
        if names.is_empty() {
            let hosts = self.hosts()?;
            return if hosts.is_empty() {
                Err(FleetError::Empty {
                    directory: self.directory.clone(),
                })
            } else {
                Ok(hosts)
            };
        }
        names.iter().map(|name| self.find(name)).collect()
    }

    fn find(&self, name: &str) -> Result<HostFile, FleetError> {
        let is_description = Path::new(name).extension().is_some_and(|it| it == "toml");
        let is_path = name.contains('/') || is_description;
        let expected = if is_path {
            PathBuf::from(name)
        } else {
            self.directory.join(format!("{name}.toml"))
        };
        // Whatever it is, reading says what is wrong with it.
        match HostFile::at(expected.clone()) {
            Some(host) if is_path || fs::symlink_metadata(&expected).is_ok() => Ok(host),
            _ => Err(self.unknown(name, expected)),
        }
    }

    fn unknown(&self, name: &str, expected: PathBuf) -> FleetError {
        let hosts = self.hosts().unwrap_or_default();
        let near = crate::diagnostics::closest(name, hosts.iter().map(|host| host.name.as_str()));
        FleetError::Unknown {
            hint: match near {
                Some(near) => format!("; did you mean `{near}`?"),
                None => existing(&hosts),
            },
            name: name.to_owned(),
            expected,
        }
    }

    fn hosts(&self) -> Result<Vec<HostFile>, FleetError> {
        let failed = |source| FleetError::List {
            directory: self.directory.clone(),
            source,
        };
        let mut hosts = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if HostFile::is_description(&path) {
                let named = HostFile::at(path.clone());
                hosts.push(named.ok_or(FleetError::Name { description: path })?);
            }
        }
        hosts.sort();
        Ok(hosts)
    }
}

/// Names in an error, at most: more of them are listed by a bare `check`.
const MAX_NAMES: usize = 10;

/// The hosts that there are, as the end of an error.
fn existing(hosts: &[HostFile]) -> String {
    let names = hosts.iter().take(MAX_NAMES).map(|host| host.name.as_str());
    let names = names.collect::<Vec<_>>().join(", ");
    match hosts.len() {
        0 => "; there is no host yet, `hostwright init` makes a first one".into(),
        1..=MAX_NAMES => format!("; there are: {names}"),
        count => format!("; there are: {names} and {} more", count - MAX_NAMES),
    }
}
