//! The descriptions of tests/hosts/valid: nft loads what each of them makes,
//! with the levels of logging, applications and forwarding that no random
//! list has.

use std::fs;
use std::path::Path;

use hostwright::rules::check;

use crate::bench::Bench;
use crate::hosts::ruleset;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hosts/valid");

pub(crate) fn load(bench: &Bench) {
    let mut loaded = 0;
    for entry in fs::read_dir(Path::new(FOLDER)).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let checked = check(&fs::read(&path).expect("a file"));
        let host = checked
            .host
            .unwrap_or_else(|| panic!("{} is refused", path.display()));
        bench.ours.nft(&ruleset(&host.firewall, None));
        loaded += 1;
    }
    assert!(loaded > 0, "{FOLDER} has no descriptions");
    println!("corpus: nft loads the tables of {loaded} hosts");
}
