//! The registration of a closure, as `nix-store --load-db` reads it: for every
//! path six or more lines (path, NAR hash, NAR size, deriver or nothing,
//! number of references, the references).

use nix_derivation::{HashAlgorithm, NixHash};

use super::error::ImageError;

/// Where store paths lie in every image.
pub const STORE: &str = "/nix/store";

/// One registered store path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorePath {
    /// The whole path.
    pub path: String,
    /// SHA-256 of its NAR.
    pub nar_hash: NixHash,
    /// Size of its NAR in bytes.
    pub nar_size: u64,
    /// The paths that it refers to.
    pub references: Vec<String>,
}

/// Parses a registration; the paths come back sorted.
///
/// # Errors
///
/// [`ImageError::Spec`] with the line that breaks the format, a path that is
/// not in the store or is there twice, or a reference that leads out of the closure.
pub fn parse(text: &str) -> Result<Vec<StorePath>, ImageError> {
    let mut lines = (1..).zip(text.lines());
    let mut paths = Vec::new();
    while let Some((number, path)) = lines.next() {
        let wrong =
            |what: &str| ImageError::Spec(format!("registration, entry of line {number}: {what}"));
        if !is_store_path(path) {
            return Err(wrong(&format!("`{path}` is no path of {STORE}")));
        }
        let mut line = |what: &str| {
            lines
                .next()
                .map(|(_, line)| line)
                .ok_or_else(|| wrong(what))
        };
        let hash = line("ends before the NAR hash")?;
        let size = line("ends before the NAR size")?;
        line("ends before the deriver")?;
        let count = line("ends before the number of references")?;
        let count: usize = count
            .parse()
            .map_err(|_| wrong("the number of references is no number"))?;
        let references = (0..count)
            .map(|_| line("ends before its last reference").map(str::to_owned))
            .collect::<Result<_, _>>()?;
        paths.push(StorePath {
            path: path.to_owned(),
            nar_hash: parse_sha256(hash).ok_or_else(|| wrong("the NAR hash is no SHA-256"))?,
            nar_size: size
                .parse()
                .map_err(|_| wrong("the NAR size is no number"))?,
            references,
        });
    }
    paths.sort_unstable_by(|a: &StorePath, b| a.path.cmp(&b.path));
    check_closed(&paths)?;
    Ok(paths)
}

fn check_closed(paths: &[StorePath]) -> Result<(), ImageError> {
    let known: std::collections::BTreeSet<&str> =
        paths.iter().map(|path| path.path.as_str()).collect();
    if known.len() != paths.len() {
        return Err(ImageError::Spec(
            "registration: a path is there twice".to_owned(),
        ));
    }
    for path in paths {
        if let Some(missing) = path
            .references
            .iter()
            .find(|reference| !known.contains(reference.as_str()))
        {
            let message = format!(
                "registration: {} refers to {missing}, which is not in the closure",
                path.path
            );
            return Err(ImageError::Spec(message));
        }
    }
    Ok(())
}

fn is_store_path(path: &str) -> bool {
    path.strip_prefix(STORE)
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|name| !name.is_empty() && !name.starts_with('.') && !name.contains('/'))
}

/// A SHA-256 in any of Nix's spellings. `--dump-db` writes hexadecimal without
/// the algorithm's name, `closureInfo` one with it.
fn parse_sha256(text: &str) -> Option<NixHash> {
    let named = if text.starts_with("sha256") {
        text.to_owned()
    } else {
        format!("sha256:{text}")
    };
    NixHash::parse(&named)
        .ok()
        .filter(|hash| hash.algorithm() == HashAlgorithm::Sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn entry(name: &str, hash: &str, references: &[&str]) -> String {
        let list = references
            .iter()
            .fold(String::new(), |list, name| list + STORE + "/" + name + "\n");
        format!(
            "{STORE}/{name}\n{hash}\n120\n\n{}\n{list}",
            references.len()
        )
    }

    #[test]
    fn every_spelling_of_a_hash_is_the_same_hash() {
        let spellings = [
            HEX.to_owned(),
            format!("sha256:{HEX}"),
            "sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73".to_owned(),
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".to_owned(),
        ];
        for hash in spellings {
            let paths = parse(&entry("a", &hash, &[])).unwrap();
            assert_eq!(
                paths[0].nar_hash.to_nix_base16_string(),
                format!("sha256:{HEX}"),
                "{hash}"
            );
        }
    }

    #[test]
    fn paths_are_sorted_and_keep_their_references() {
        let text = entry("b", HEX, &["a", "b"]) + &entry("a", HEX, &[]);
        let paths = parse(&text).unwrap();
        assert_eq!(paths[0].path, "/nix/store/a");
        assert_eq!(paths[1].references, ["/nix/store/a", "/nix/store/b"]);
    }

    #[test]
    fn a_broken_registration_is_refused_with_its_line() {
        let refusal = |text: &str| parse(text).unwrap_err().to_string();
        assert!(
            refusal("/etc/passwd\n").contains("line 1: `/etc/passwd` is no path of /nix/store")
        );
        assert!(refusal(&entry("a", "xyz", &[])).contains("line 1: the NAR hash is no SHA-256"));
        assert!(
            refusal(&format!("{}{STORE}/b\n{HEX}\n", entry("a", HEX, &[])))
                .contains("line 6: ends before the NAR size")
        );
        assert!(refusal(&(entry("a", HEX, &[]) + &entry("a", HEX, &[]))).contains("twice"));
        assert!(
            refusal(&entry("a", HEX, &["gone"]))
                .contains("refers to /nix/store/gone, which is not in the closure")
        );
    }
}
