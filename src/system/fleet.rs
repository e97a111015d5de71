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
    #[error("cannot list the hosts in {}", directory.display())]
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
        /// The nearest name, as a sentence.
        hint: String,
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
            hint: near.map_or_else(String::new, |near| format!("; did you mean `{near}`?")),
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
            if path
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                hosts.extend(HostFile::at(path));
            }
        }
        hosts.sort();
        Ok(hosts)
    }
}
