//! Where each option of a module comes from.
//!
//! A template writes `#@ KEY KEY…` above an assignment: the keys of the
//! description that make it. The marks are read here and taken out; the other
//! comments above it are its reason.

use rnix::ast::{AttrSet, AttrpathValue, Expr, HasEntry, List};
use rnix::{SyntaxKind, SyntaxNode};
use rowan::ast::AstNode as _;
use serde::Serialize;

use super::RenderError;

const MARK: &str = "#@";

/// An option that a module sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RenderedOption {
    /// Path of the option, such as `services.openssh.ports`.
    pub option: String,
    /// Its value, as Nix.
    pub value: String,
    /// Why it has this value; empty where the value is the key's own.
    pub reason: String,
    /// TOML paths that make it, or the name of the file itself.
    pub keys: Vec<String>,
}

/// What stands above an assignment.
#[derive(Clone, Default)]
struct Above {
    keys: Vec<String>,
    reason: String,
}

/// Every option that the marked text sets, in its order.
///
/// # Errors
/// If the text is no Nix, or sets an option whose origin is not marked.
pub(super) fn options(marked: &str) -> Result<Vec<RenderedOption>, RenderError> {
    let root = rnix::Root::parse(marked)
        .ok()
        .map_err(|error| RenderError::Syntax(format!("{error} in the template's output")))?;
    let found = all_options(&root);
    match found.iter().find(|option| option.keys.is_empty()) {
        Some(option) => Err(RenderError::Syntax(format!(
            "{} has no origin",
            option.option
        ))),
        None => Ok(found),
    }
}

/// Path and value of every option of a module as it is on disk; nothing if it
/// is no Nix.
#[must_use]
pub fn written_options(module: &str) -> Vec<(String, String)> {
    let root = rnix::Root::parse(module).tree();
    let options = all_options(&root).into_iter();
    options
        .map(|option| (option.option, option.value))
        .collect()
}

fn all_options(root: &rnix::Root) -> Vec<RenderedOption> {
    let mut found = Vec::new();
    let body = root.expr().and_then(|expression| match expression {
        Expr::Lambda(lambda) => lambda.body(),
        other => Some(other),
    });
    if let Some(Expr::AttrSet(set)) = body {
        collect(&set, "", &Above::default(), &mut found);
    }
    found
}

/// The text without its marks, and without empty lines at the end of a block,
/// where a template had nothing to say.
pub(super) fn without_marks(marked: &str) -> String {
    let mut text = String::new();
    let mut empty = false;
    for line in marked.lines() {
        match line.trim() {
            mark if mark.starts_with(MARK) => {}
            "" => empty = true,
            content => {
                if empty && !content.starts_with('}') {
                    text.push('\n');
                }
                empty = false;
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

fn collect(set: &AttrSet, prefix: &str, outer: &Above, found: &mut Vec<RenderedOption>) {
    for assignment in set.attrpath_values() {
        let above = above(assignment.syntax(), outer);
        let path = path(&assignment, prefix);
        match assignment.value() {
            Some(Expr::AttrSet(inner)) if inner.attrpath_values().next().is_some() => {
                collect(&inner, &path, &above, found);
            }
            Some(Expr::List(list)) if path == "imports" => {
                collect_imports(&list, &above, found);
            }
            value => found.push(RenderedOption {
                option: path,
                value: value.map_or_else(String::new, |value| value.syntax().to_string()),
                reason: above.reason,
                keys: above.keys,
            }),
        }
    }
}

/// Inline modules, whose options are options of the system, and files.
fn collect_imports(list: &List, outer: &Above, found: &mut Vec<RenderedOption>) {
    let mut files = Vec::new();
    for item in list.items() {
        match item {
            Expr::AttrSet(inner) => {
                let above = above(inner.syntax(), outer);
                collect(&inner, "", &above, found);
            }
            file => files.push(file.syntax().to_string()),
        }
    }
    if !files.is_empty() {
        found.push(RenderedOption {
            option: "imports".into(),
            value: format!("[ {} ]", files.join(" ")),
            reason: outer.reason.clone(),
            keys: outer.keys.clone(),
        });
    }
}

fn path(assignment: &AttrpathValue, prefix: &str) -> String {
    let name = assignment
        .attrpath()
        .map_or_else(String::new, |path| path.to_string());
    if prefix.is_empty() {
        name
    } else {
        format!("{prefix}.{name}")
    }
}

/// The comments right above a node; what they leave out comes from the set around it.
fn above(node: &SyntaxNode, outer: &Above) -> Above {
    let mut lines = Vec::new();
    let mut token = node.prev_sibling_or_token();
    while let Some(element) = token {
        match element.kind() {
            SyntaxKind::TOKEN_COMMENT => lines.push(element.to_string()),
            SyntaxKind::TOKEN_WHITESPACE => {}
            _ => break,
        }
        token = element.prev_sibling_or_token();
    }
    lines.reverse();
    let marks = lines.iter().filter_map(|line| line.strip_prefix(MARK));
    let keys = marks
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect::<Vec<_>>();
    let reason = lines
        .iter()
        .filter(|line| !line.starts_with(MARK))
        .map(|line| line.trim_start_matches('#').trim())
        .collect::<Vec<_>>()
        .join(" ");
    Above {
        keys: if keys.is_empty() {
            outer.keys.clone()
        } else {
            keys
        },
        reason: if reason.is_empty() {
            outer.reason.clone()
        } else {
            reason
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{options, without_marks};

    const TEXT: &str = "{ pkgs, ... }:\n{\n  #@ swap.file\n  # Half of the memory.\n  a.b = 1;\n  #@ ssh.ports ssh\n  c = {\n    d = [ 2 ];\n    #@ x\n    \"e.f\" = \"g\";\n  };\n}\n";

    #[test]
    fn marks_are_read_and_taken_out() {
        let found = options(TEXT).unwrap();
        let line = |index: usize| {
            let it = &found[index];
            format!("{} = {}: {} {:?}", it.option, it.value, it.reason, it.keys)
        };
        assert_eq!(line(0), "a.b = 1: Half of the memory. [\"swap.file\"]");
        assert_eq!(line(1), "c.d = [ 2 ]:  [\"ssh.ports\", \"ssh\"]");
        assert_eq!(line(2), "c.\"e.f\" = \"g\":  [\"x\"]");
        assert!(!without_marks(TEXT).contains("#@"));
        let imports = "{\n#@ m\nimports = [ ./a.nix ./b.nix\n#@ o\n# Why.\n { g = 1; } ]; }";
        let found = options(imports).unwrap();
        let shown = found
            .iter()
            .map(|it| format!("{} = {}: {} {:?}", it.option, it.value, it.reason, it.keys))
            .collect::<Vec<_>>();
        assert_eq!(
            shown,
            [
                "g = 1: Why. [\"o\"]",
                "imports = [ ./a.nix ./b.nix ]:  [\"m\"]"
            ]
        );
        assert!(
            options("{ a = 1; }")
                .unwrap_err()
                .to_string()
                .contains("a has no origin")
        );
    }
}
