//! Generated wrong descriptions: right ones with something broken. Whatever it
//! is, the program answers in order, with places within the file.

use hostwright::diagnostics::{FileReport, Severity};
use hostwright::rules::{check, rules};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{files, hostwright, read};

/// One way to break a text.
#[derive(Clone, Debug)]
enum Mutation {
    DeleteLine(usize),
    RepeatLine(usize),
    SwapLines(usize, usize),
    SwapValues(usize, usize),
    Replace(usize, char),
    Insert(usize, String),
    Cut(usize),
    Value(usize, &'static str),
}

/// Values that are right nowhere, or only somewhere else.
const VALUES: [&str; 16] = [
    "\"\"",
    "0",
    "-1",
    "9223372036854775807",
    "99999999999999999999999999",
    "1e400",
    "nan",
    "true",
    "[]",
    "[[]]",
    "{}",
    "1979-05-27T07:32:00Z",
    "\"\\u0000\"",
    "\"\\u202e\\U0001F600\"",
    "\"18446744073709551615TiB\"",
    "\"allow from ::/0 to any port 1:65535 proto tcp\"",
];

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = || 0..10_000_usize;
    prop_oneof![
        at().prop_map(Mutation::DeleteLine),
        at().prop_map(Mutation::RepeatLine),
        (at(), at()).prop_map(|(a, b)| Mutation::SwapLines(a, b)),
        (at(), at()).prop_map(|(a, b)| Mutation::SwapValues(a, b)),
        (at(), any::<char>()).prop_map(|(at, c)| Mutation::Replace(at, c)),
        (at(), "\\PC{0,12}|[\\[\\]{}\"'=.,#\\\\\n]{1,6}")
            .prop_map(|(at, text)| Mutation::Insert(at, text)),
        at().prop_map(Mutation::Cut),
        (at(), prop::sample::select(&VALUES[..]))
            .prop_map(|(at, value)| Mutation::Value(at, value)),
    ]
}

fn apply(text: &str, mutation: &Mutation) -> String {
    let mut lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
    let count = lines.len().max(1);
    let boundary = |at: usize| {
        let starts = text
            .char_indices()
            .map(|(start, _)| start)
            .collect::<Vec<_>>();
        starts.get(at % starts.len().max(1)).copied().unwrap_or(0)
    };
    match mutation {
        Mutation::DeleteLine(at) if !lines.is_empty() => {
            lines.remove(at % count);
        }
        Mutation::RepeatLine(at) if !lines.is_empty() => {
            let line = lines[at % count].clone();
            lines.insert(at % count, line);
        }
        Mutation::SwapLines(a, b) if !lines.is_empty() => lines.swap(a % count, b % count),
        Mutation::SwapValues(a, b) => swap_values(&mut lines, *a, *b),
        Mutation::Value(at, value) => set_value(&mut lines, *at, value),
        Mutation::Replace(at, c) => {
            let at = boundary(*at);
            let rest = text[at..].chars().skip(1).collect::<String>();
            return format!("{}{c}{rest}", &text[..at]);
        }
        Mutation::Insert(at, inserted) => {
            let at = boundary(*at);
            return format!("{}{inserted}{}", &text[..at], &text[at..]);
        }
        Mutation::Cut(at) => return text[..boundary(*at)].to_owned(),
        _ => {}
    }
    lines.join("\n") + "\n"
}

fn assignments(lines: &[String]) -> Vec<usize> {
    let with_value = |(_, line): &(usize, &String)| line.contains(" = ");
    lines
        .iter()
        .enumerate()
        .filter(with_value)
        .map(|(at, _)| at)
        .collect()
}

fn set_value(lines: &mut [String], at: usize, value: &str) {
    let assignments = assignments(lines);
    if assignments.is_empty() {
        return;
    }
    let line = &mut lines[assignments[at % assignments.len()]];
    let key = line.split(" = ").next().unwrap_or_default();
    *line = format!("{key} = {value}");
}

fn swap_values(lines: &mut [String], a: usize, b: usize) {
    let assignments = assignments(lines);
    if assignments.is_empty() {
        return;
    }
    let value = |line: &str| line.split_once(" = ").map(|(_, value)| value.to_owned());
    let (a, b) = (
        assignments[a % assignments.len()],
        assignments[b % assignments.len()],
    );
    let (first, second) = (value(&lines[a]).unwrap(), value(&lines[b]).unwrap());
    set_value(
        lines,
        assignments.iter().position(|it| *it == a).unwrap(),
        &second,
    );
    set_value(
        lines,
        assignments.iter().position(|it| *it == b).unwrap(),
        &first,
    );
}

fn sane(bytes: &[u8]) -> Result<(), TestCaseError> {
    let checked = check(bytes);
    let errors = checked
        .findings
        .iter()
        .filter(|it| it.severity == Severity::Error)
        .count();
    prop_assert_eq!(checked.host.is_some(), errors == 0);
    for finding in &checked.findings {
        prop_assert!(rules().any(|rule| rule.id == finding.rule), "{:?}", finding);
        prop_assert!(!finding.message.is_empty() && !finding.help.is_empty());
    }
    let report = FileReport::new("host.toml", bytes, &checked.spans, checked.findings);
    prop_assert!(report.render(true).is_empty() == report.located().is_empty());
    let located = serde_json::to_value(report.located()).unwrap();
    let text = String::from_utf8_lossy(bytes);
    let lines = text.split('\n').collect::<Vec<_>>();
    let mut last = (0, 0);
    for finding in located.as_array().unwrap() {
        let number = |key: &str| usize::try_from(finding[key].as_u64().unwrap()).unwrap();
        let place = (number("line"), number("column"));
        prop_assert!(place >= last, "{} is not in order", finding);
        prop_assert!(place.0 >= 1 && place.0 <= lines.len(), "{}", finding);
        let length = lines[place.0 - 1].chars().count();
        prop_assert!(place.1 >= 1 && place.1 <= length + 1, "{}", finding);
        last = place;
    }
    Ok(())
}

fn hosts() -> Vec<String> {
    let valid = files("tests/hosts/valid", "toml");
    let invalid = files("tests/hosts/invalid", "toml");
    let all = valid.iter().chain(&invalid);
    all.filter_map(|path| String::from_utf8(read(path)).ok())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn broken_descriptions_are_answered(
        host in prop::sample::select(hosts()),
        mutations in prop::collection::vec(mutation(), 1..5),
    ) {
        let text = mutations.iter().fold(host, |text, mutation| apply(&text, mutation));
        sane(text.as_bytes())?;
    }

    #[test]
    fn random_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        sane(&bytes)?;
    }
}

proptest! {
    // Each case starts the program.
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_exit_code_says_whether_the_host_is_refused(
        host in prop::sample::select(hosts()),
        mutation in mutation(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("host.toml");
        std::fs::write(&path, apply(&host, &mutation)).unwrap();
        let output = hostwright(&["check", "--json", path.to_str().unwrap()]).output().unwrap();
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        let refused = result["errors"].as_u64().unwrap() > 0;
        prop_assert_eq!(output.status.code(), Some(i32::from(refused)));
    }
}
