//! Values as Nix literals. The only place that escapes Nix.

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind};

/// `value` as a Nix expression: a string, number, truth, null, list or
/// attribute set; never a path, which [`relative_path`] writes.
///
/// # Errors
/// If Nix has no such value: an undefined one, a number that is none or has no
/// end, a string with a NUL.
pub(super) fn literal(value: &Value) -> Result<String, Error> {
    let mut text = String::new();
    write(value, &mut text, false)?;
    Ok(text)
}

/// `text` as an indented string, line by line, where that keeps every byte;
/// else as a plain one.
pub(super) fn lines(text: &str) -> String {
    // Nix takes the smallest indentation off all lines, so one must have none;
    // and it has no escape for control characters there.
    let first_column = text
        .lines()
        .any(|line| !line.is_empty() && !line.starts_with(' '));
    let plain = text.chars().all(|c| c == '\n' || !c.is_control());
    if !(first_column && plain && text.ends_with('\n')) {
        return string(text);
    }
    let escaped = text.replace("''", "'''").replace("${", "''${");
    let mut result = String::from("''\n");
    for line in escaped.lines() {
        if !line.is_empty() {
            result.push_str("  ");
            result.push_str(line);
        }
        result.push('\n');
    }
    result.push_str("''");
    result
}

/// The name of an attribute, quoted unless it is an identifier.
pub(super) fn attribute(name: &str) -> String {
    // nix.dev, language reference: identifiers and keywords.
    const KEYWORDS: [&str; 11] = [
        "assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with", "null",
    ];
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let rest = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'\''));
    if starts && rest && !KEYWORDS.contains(&name) {
        name.to_owned()
    } else {
        string(name)
    }
}

/// A file below the module's own folder, as a path: the only one that is
/// written, since a path is a file that must be there.
///
/// # Errors
/// If the path has other letters than Nix takes unquoted; a rule refuses such.
pub(super) fn relative_path(path: &str) -> Result<String, Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+/".contains(c);
    if path.starts_with('/') || path.ends_with('/') || !path.chars().all(plain) {
        return Err(no_literal(&format!("the path {path:?}")));
    }
    Ok(format!("./{}", path.trim_start_matches("./")))
}

/// A string in double quotes.
pub(super) fn string(text: &str) -> String {
    let mut result = String::from("\"");
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => result.push_str("\\\""),
            '\\' => result.push_str("\\\\"),
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            '$' if letters.peek() == Some(&'{') => result.push_str("\\$"),
            other => result.push(other),
        }
    }
    result.push('"');
    result
}

fn write(value: &Value, out: &mut String, in_list: bool) -> Result<(), Error> {
    match value.kind() {
        ValueKind::None => out.push_str("null"),
        ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::Number => out.push_str(&number(value, in_list)?),
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            if text.contains('\0') {
                return Err(no_literal("a string with a NUL"));
            }
            out.push_str(&string(text));
        }
        ValueKind::Seq | ValueKind::Iterable => {
            out.push('[');
            for item in value.try_iter()? {
                out.push(' ');
                write(&item, out, true)?;
            }
            out.push_str(" ]");
        }
        ValueKind::Map => {
            out.push('{');
            for key in value.try_iter()? {
                let name = key
                    .as_str()
                    .ok_or_else(|| no_literal("a key that is no string"))?;
                out.push(' ');
                out.push_str(&attribute(name));
                out.push_str(" = ");
                write(&value.get_item(&key)?, out, false)?;
                out.push(';');
            }
            out.push_str(" }");
        }
        other => return Err(no_literal(&other.to_string())),
    }
    Ok(())
}

/// A negative number is an operation to Nix, and needs parentheses in a list;
/// the smallest one has no positive counterpart to negate.
fn number(value: &Value, in_list: bool) -> Result<String, Error> {
    if value.is_integer() {
        let number = i64::try_from(value.clone()).map_err(|_| no_literal("a number above 2^63"))?;
        return Ok(match number {
            i64::MIN => "(-9223372036854775807 - 1)".into(),
            ..0 if in_list => format!("({number})"),
            _ => number.to_string(),
        });
    }
    let number = f64::try_from(value.clone())?;
    if !number.is_finite() {
        return Err(no_literal("a number without end"));
    }
    // Debug prints the shortest digits that read back as the same number; Nix
    // wants a point in each (`1e300` is a name).
    let text = format!("{number:?}");
    let text = match text.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => {
            format!("{mantissa}.0e{exponent}")
        }
        _ => text,
    };
    Ok(if in_list && number.is_sign_negative() {
        format!("({text})")
    } else {
        text
    })
}

fn no_literal(what: &str) -> Error {
    Error::new(
        ErrorKind::BadSerialization,
        format!("Nix has no literal for {what}"),
    )
}

#[cfg(test)]
mod tests {
    use minijinja::Value;

    use super::{attribute, lines, literal, relative_path};

    #[test]
    fn literals() {
        let check = |value: Value, expected: &str| assert_eq!(literal(&value).unwrap(), expected);
        check(
            Value::from("a\"b\\c${d}$${e}\n"),
            r#""a\"b\\c\${d}$\${e}\n""#,
        );
        check(Value::from(vec![-1, 2]), "[ (-1) 2 ]");
        check(Value::from(-1), "-1");
        check(Value::from(i64::MIN), "(-9223372036854775807 - 1)");
        check(Value::from(1e300), "1.0e300");
        check(Value::from(()), "null");
        check(
            Value::from_pairs([("a b", 1), ("if", 2), ("c-d", 3)]),
            r#"{ "a b" = 1; c-d = 3; "if" = 2; }"#,
        );
        assert!(literal(&Value::from("\0")).is_err());
        assert!(literal(&Value::from(f64::NAN)).is_err());
        assert!(literal(&Value::UNDEFINED).is_err());
    }

    #[test]
    fn paths() {
        let check = |path: &str, expected: &str| {
            let written = relative_path(path).unwrap();
            assert_eq!(written, expected);
            let parsed = rnix::Root::parse(&written);
            assert!(parsed.errors().is_empty(), "{written}");
        };
        check("web/extra.nix", "./web/extra.nix");
        check("./web/-a+b_c.nix", "./web/-a+b_c.nix");
        for wrong in ["/etc/a.nix", "a b.nix", "a\"; b.nix", "${a}.nix", "a/"] {
            assert!(relative_path(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_and_lines() {
        assert_eq!(attribute("vm.swappiness"), "\"vm.swappiness\"");
        assert_eq!(attribute("deploy"), "deploy");
        assert_eq!(lines("a\n  b ''${x}\n"), "''\n  a\n    b '''''${x}\n''");
        assert_eq!(lines("  a\n"), "\"  a\\n\"");
        assert_eq!(lines("a"), "\"a\"");
    }
}
