//! Each kind of fact on what a real host printed (NixOS 26.11 in a virtual
//! machine), and on what a host prints that is not so.

mod access;
mod host;
mod kernel;
mod network;

use crate::facts::{Check, Fact, Grant, Stage};

use super::commands::commands;
use super::judge::judge;
use super::{Output, Survey, SurveyError, Verdict};

fn output(status: i32, text: &str) -> Output {
    Output {
        status,
        text: text.to_owned(),
    }
}

/// A check, what a host prints of it that is so, and prints that are not, each
/// with words of its reason.
struct Case {
    check: Check,
    so: &'static [&'static str],
    not_so: &'static [(&'static [&'static str], &'static str)],
}

fn text(word: &str) -> String {
    word.to_owned()
}

fn judged(check: &Check, texts: &[&str]) -> Result<(), String> {
    let outputs: Vec<Output> = texts.iter().map(|it| output(0, it)).collect();
    judge(check, &outputs.iter().collect::<Vec<_>>())
}

#[test]
fn every_kind_holds_on_what_is_so_and_fails_on_what_is_not() {
    for case in [
        host::cases(),
        kernel::cases(),
        access::cases(),
        network::cases(),
    ]
    .into_iter()
    .flatten()
    {
        let check = &case.check;
        assert_eq!(commands(check).len(), case.so.len(), "{check:?}");
        assert_eq!(judged(check, case.so), Ok(()), "{check:?}");
        for (texts, words) in case.not_so {
            let reason = judged(check, texts).expect_err(&format!("{check:?} on {texts:?}"));
            assert!(reason.contains(words), "{check:?}: {reason}");
        }
        // A command that fails, or a host that was not asked, proves nothing.
        let failed: Vec<Output> = case.so.iter().map(|_| output(127, "not found")).collect();
        assert!(
            judge(check, &failed.iter().collect::<Vec<_>>()).is_err(),
            "{check:?}"
        );
        assert!(judge(check, &[]).is_err(), "{check:?}");
    }
}

#[test]
fn what_sudo_says_is_told_apart() {
    let says = |status, text: &str, grant| {
        let check = Check::Sudo {
            user: text.to_owned(),
            grant,
        };
        judge(&check, &[&output(status, text)]).is_ok()
    };
    assert!(says(1, "sudo: a password is required", Grant::Password));
    assert!(says(
        126,
        "sh: 1: /run/wrappers/bin/sudo: Permission denied",
        Grant::None
    ));
    assert!(!says(
        1,
        "sudo: a password is required",
        Grant::Passwordless
    ));
    assert!(!says(0, "0", Grant::None));
}

fn unit(name: &str) -> Fact {
    Fact {
        id: format!("unit-active/{name}"),
        what: format!("{name} is active"),
        keys: Vec::new(),
        stages: &[Stage::Image],
        check: Check::UnitActive { unit: name.into() },
    }
}

#[test]
fn a_script_and_its_output_belong_together() {
    let facts = [unit("a'b"), unit("c"), unit("c")];
    let survey = Survey::of(&facts);
    let script = survey.script();
    assert_eq!(script.matches("systemctl is-active").count(), 2);
    // As printed by sh; what else is on the line is passed over.
    let printed =
        "login: \nYWN0aXZlCg==\nhostwright-evidence 0 0\n\nZmFpbGVkCg==\nhostwright-evidence 1 3\n";
    let observed = survey.read(printed).unwrap();
    assert_eq!(observed.verdict(&facts[0]), Some(Verdict::Holds));
    let failed = observed.verdict(&facts[1]).unwrap();
    assert!(matches!(failed, Verdict::Fails(reason) if reason.contains("failed")));
    let missing = survey
        .read("YWN0aXZlCg==\nhostwright-evidence 0 0\n")
        .unwrap_err();
    let SurveyError::Missing { number, command } = missing;
    assert_eq!((number, command.as_str()), (1, "systemctl is-active 'c'"));
}
