//! Any bytes as a description: read, checked, and every finding drawn.
//!
//!     cargo +nightly fuzz run description fuzz/corpus/description \
//!         tests/hosts/valid tests/hosts/invalid -- -dict=fuzz/description.dict
#![no_main]

use hostwright::diagnostics::{FileReport, Severity};
use hostwright::rules::check;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let checked = check(bytes);
    let refuses = checked
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    assert_eq!(checked.host.is_none(), refuses);
    let found = checked.findings.len();
    let report = FileReport::new("host.toml", bytes, &checked.spans, checked.findings);
    assert!(report.errors() + report.warnings() <= found);
    assert_eq!(report.render(false).is_empty(), report.located().is_empty());
});
