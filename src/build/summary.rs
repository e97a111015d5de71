//! What a build brought, from its manifest.

use std::fmt::Write;

use crate::image::Manifest;

/// How many of the largest store paths are named.
const LARGEST: usize = 5;

/// Files with sizes and hashes, the system, the size of its closure.
#[must_use]
pub fn summary(manifest: &Manifest) -> String {
    let mut text = String::new();
    let mut line = |key: &str, value: &str| {
        // A String takes everything.
        let _ = writeln!(text, "  {key:<8} {value}");
    };
    for file in &manifest.files {
        let print = &file.fingerprint;
        line("image", &format!("{} ({})", file.name, bytes(print.bytes)));
        line("sha256", &print.sha256);
    }
    line("disk", &bytes(manifest.disk.fingerprint.bytes));
    line("system", &manifest.toplevel);
    let size: u64 = manifest.store_paths.iter().map(|path| path.nar_size).sum();
    let count = manifest.store_paths.len();
    line(
        "closure",
        &format!("{} in {count} store paths", bytes(size)),
    );
    for (index, path) in manifest.largest.iter().take(LARGEST).enumerate() {
        let name = path.path.rsplit('/').next().unwrap_or(&path.path);
        // Without the hash.
        let name = name.split_once('-').map_or(name, |(_, name)| name);
        let key = if index == 0 { "largest" } else { "" };
        line(key, &format!("{:>9}  {name}", bytes(path.nar_size)));
    }
    text
}

/// A size with three digits, in powers of 1024: `412 MiB`, `1.21 GiB`.
#[must_use]
pub fn bytes(size: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let Some((factor, unit)) = units.into_iter().find(|(factor, _)| size >= *factor) else {
        return format!("{size} B");
    };
    // Hundredths, rounded half up, without floating point.
    let hundredths = (u128::from(size) * 100 + u128::from(factor) / 2) / u128::from(factor);
    match hundredths {
        0..1000 => format!("{}.{:02} {unit}", hundredths / 100, hundredths % 100),
        1000..10_000 => format!("{}.{} {unit}", hundredths / 100, hundredths % 100 / 10),
        _ => format!("{} {unit}", hundredths / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_have_three_digits() {
        let sizes = [
            0,
            1023,
            1024,
            1_500_000,
            432_013_312,
            1_299_227_607,
            160_000_000_000,
        ];
        let texts = sizes.map(bytes);
        let expected = [
            "0 B", "1023 B", "1.00 KiB", "1.43 MiB", "412 MiB", "1.21 GiB", "149 GiB",
        ];
        assert_eq!(texts, expected);
    }
}
