//! Public SSH keys, really parsed.

use std::fmt;
use std::str::FromStr;

use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg};

/// Smallest RSA key that is accepted, in bits (`RequiredRSASize` of our sshd).
const MIN_RSA_BITS: usize = 3072;

/// A public key that sshd accepts: its data decodes, its inner type equals the
/// outer one, and its algorithm is not broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    key: ssh_key::PublicKey,
}

/// Why a text is not such a key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// It does not decode.
    #[error("not a public key: {0}")]
    Parse(String),
    /// It is a private key.
    #[error("a private key")]
    Private,
    /// `authorized_keys` options stand before the key.
    #[error("options before the key are not supported")]
    Options,
    /// DSA, which OpenSSH removed.
    #[error("DSA keys are not accepted by OpenSSH")]
    Dsa,
    /// An RSA key below the accepted size.
    #[error("an RSA key of {0} bits; sshd asks for at least {MIN_RSA_BITS}")]
    ShortRsa(usize),
    /// A certificate or another kind that sshd does not take as a key.
    #[error("`{0}` is not a kind of key that sshd accepts")]
    Kind(String),
}

impl PublicKey {
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The comment behind the key, perhaps empty.
    #[must_use]
    pub fn comment(&self) -> &str {
        self.key.comment()
    }
}

impl FromStr for PublicKey {
    type Err = PublicKeyError;

    fn from_str(text: &str) -> Result<Self, PublicKeyError> {
        let text = text.trim();
        if text.contains("PRIVATE KEY") {
            return Err(PublicKeyError::Private);
        }
        if text.contains(['\n', '\r', '\0']) {
            return Err(PublicKeyError::Parse("more than one line".into()));
        }
        let key = ssh_key::PublicKey::from_openssh(text).map_err(|error| reason(text, &error))?;
        match key.algorithm() {
            Algorithm::Dsa => Err(PublicKeyError::Dsa),
            Algorithm::Ed25519
            | Algorithm::SkEd25519
            | Algorithm::Ecdsa { .. }
            | Algorithm::SkEcdsaSha2NistP256 => Ok(Self { key }),
            Algorithm::Rsa { .. } => match rsa_bits(key.key_data()) {
                bits if bits < MIN_RSA_BITS => Err(PublicKeyError::ShortRsa(bits)),
                _ => Ok(Self { key }),
            },
            other => Err(PublicKeyError::Kind(other.to_string())),
        }
    }
}

fn reason(text: &str, error: &ssh_key::Error) -> PublicKeyError {
    let known = ["ssh-", "ecdsa-", "sk-"];
    let second = text.split_whitespace().nth(1).unwrap_or_default();
    if !known.iter().any(|kind| text.starts_with(kind))
        && known.iter().any(|kind| second.starts_with(kind))
    {
        return PublicKeyError::Options;
    }
    if text.starts_with("ssh-dss") {
        return PublicKeyError::Dsa;
    }
    PublicKeyError::Parse(error.to_string())
}

fn rsa_bits(data: &KeyData) -> usize {
    let modulus = data.rsa().and_then(|key| key.n.as_positive_bytes());
    modulus.map_or(0, |bytes| {
        bytes.len() * 8
            - bytes
                .first()
                .map_or(0, |byte| byte.leading_zeros() as usize)
    })
}

impl fmt::Display for PublicKey {
    /// One line of `authorized_keys`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Encoding into memory cannot fail for a key that was decoded.
        f.write_str(&self.key.to_openssh().map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::{PublicKey, PublicKeyError};

    /// The public half of a pair that was never used.
    const GOOD: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfkNV4OS33ImTXvorZr72q4v5XhVEQKfvqsxOEJ/XaR alice@example.com";

    #[test]
    fn a_key_is_decoded_not_matched() {
        let key: PublicKey = GOOD.parse().unwrap();
        assert_eq!(key.to_string(), GOOD);
        assert_eq!(key.comment(), "alice@example.com");
        let cut = &GOOD[..40];
        assert!(matches!(
            cut.parse::<PublicKey>(),
            Err(PublicKeyError::Parse(_))
        ));
        let relabelled = GOOD.replace("ssh-ed25519", "ssh-rsa");
        assert!(relabelled.parse::<PublicKey>().is_err());
        let option = format!("no-pty {GOOD}");
        assert_eq!(option.parse::<PublicKey>(), Err(PublicKeyError::Options));
        assert_eq!(
            "ssh-dss AAAA".parse::<PublicKey>(),
            Err(PublicKeyError::Dsa)
        );
    }
}
