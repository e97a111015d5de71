//! Names that end in configuration files: each valid by construction.

use std::fmt;
use std::str::FromStr;

use super::zones;

/// Why a text is not such a name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NameError(&'static str);

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:expr, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// As text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(NameError($rule))
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// One DNS label (RFC 1123): the host's name.
    HostName,
    is_label,
    "expected 1 to 63 lower-case letters, digits or hyphens, no hyphen at either end"
);
name!(
    /// A DNS name of at least two labels.
    DomainName,
    |text| text.len() <= 253 && text.contains('.') && text.split('.').all(is_label),
    "expected labels of lower-case letters, digits and hyphens, joined by dots"
);
name!(
    /// A Unix account or group (useradd's portable form).
    AccountName,
    |text| {
        text.len() <= 32
            && text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
    },
    "expected at most 32 lower-case letters, digits, `_` or `-`, beginning with a letter or `_`"
);
name!(
    /// A zone of the tz database, such as `Europe/Berlin`: NixOS would make a
    /// link to nothing of another.
    TimeZone,
    zones::is_zone,
    "expected a zone of the tz database such as `UTC` or `Europe/Berlin`"
);
name!(
    /// A locale such as `en_US.UTF-8`.
    Locale,
    |text| text.split_once('.').is_some_and(|(language, set)| {
        set == "UTF-8"
            && (1..=16).contains(&language.len())
            && language.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'@'))
    }),
    "expected a language and UTF-8 such as `en_US.UTF-8` or `C.UTF-8`"
);
name!(
    /// A NixOS release such as `26.05`.
    Release,
    |text| text.is_ascii()
        && text.len() == 5
        && matches!(&text[2..], ".05" | ".11")
        && text[..2].bytes().all(|b| b.is_ascii_digit()),
    "expected a NixOS release, such as `26.05`"
);
name!(
    /// An attribute path below `pkgs`.
    PackageName,
    |text| text.len() <= 100 && text.split('.').all(|part| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
    }),
    "expected the name of a nixpkgs package such as `htop`"
);
name!(
    /// An absolute path without `.`, `..`, spaces or quotes.
    AbsolutePath,
    |text| text.len() > 1
        && text.len() <= 255
        && text.starts_with('/')
        && text[1..].split('/').all(|part| {
            !matches!(part, "" | "." | "..")
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@' | b'+'))
        }),
    "expected an absolute path of letters, digits, `_`, `-`, `.`, without `..`"
);
name!(
    /// A hardware address in lower case, such as `86:00:00:12:34:56`.
    MacAddress,
    |text| {
        let mut parts = 0;
        text.split(':').all(|part| {
            parts += 1;
            part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
        }) && parts == 6
    },
    "expected six pairs of lower-case hexadecimal digits, joined by colons"
);
name!(
    /// A name of the description's own for a link, a network or a volume.
    Label,
    |text| text.len() <= 15 && text.starts_with(|c: char| c.is_ascii_lowercase()) && is_label(text),
    "expected at most 15 lower-case letters, digits or hyphens, beginning with a letter"
);

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::{
        AbsolutePath, AccountName, DomainName, HostName, Locale, MacAddress, Release, TimeZone,
    };

    fn accepts<T: std::str::FromStr>(text: &str) -> bool {
        text.parse::<T>().is_ok()
    }

    #[test]
    fn forms() {
        assert!(
            accepts::<HostName>("web-1")
                && !accepts::<HostName>("web_1")
                && !accepts::<HostName>("-web")
        );
        assert!(
            accepts::<DomainName>("a.example.com")
                && !accepts::<DomainName>("com")
                && !accepts::<DomainName>("a..b")
        );
        assert!(
            accepts::<AccountName>("deploy")
                && !accepts::<AccountName>("Deploy")
                && !accepts::<AccountName>("1x")
        );
        assert!(
            accepts::<TimeZone>("America/Argentina/Buenos_Aires")
                && !accepts::<TimeZone>("../etc/passwd")
        );
        assert!(
            accepts::<Locale>("de_DE.UTF-8")
                && accepts::<Locale>("C.UTF-8")
                && !accepts::<Locale>("de_DE")
        );
        assert!(
            accepts::<Release>("26.05")
                && !accepts::<Release>("26.06")
                && !accepts::<Release>("26.05pre")
        );
        assert!(
            accepts::<AbsolutePath>("/srv/data")
                && !accepts::<AbsolutePath>("/srv/../etc")
                && !accepts::<AbsolutePath>("srv")
        );
        assert!(
            accepts::<MacAddress>("86:00:00:12:34:56") && !accepts::<MacAddress>("86:00:00:12:34")
        );
    }
}
