//! The templates of a module, with an auto-escape that is Nix: every
//! `{{ value }}` is a literal and cannot break out of its place.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, Output, State, UndefinedBehavior};

use super::literal::{attribute, lines, literal, relative_path};

const TEMPLATES: [(&str, &str); 9] = [
    ("host.nix.j2", include_str!("templates/host.nix.j2")),
    ("system.nix.j2", include_str!("templates/system.nix.j2")),
    ("users.nix.j2", include_str!("templates/users.nix.j2")),
    ("ssh.nix.j2", include_str!("templates/ssh.nix.j2")),
    ("firewall.nix.j2", include_str!("templates/firewall.nix.j2")),
    ("fail2ban.nix.j2", include_str!("templates/fail2ban.nix.j2")),
    ("swap.nix.j2", include_str!("templates/swap.nix.j2")),
    ("network.nix.j2", include_str!("templates/network.nix.j2")),
    ("volumes.nix.j2", include_str!("templates/volumes.nix.j2")),
];

/// The text of the whole module, not laid out, with its marks of origin.
///
/// # Errors
/// If a template asks for what the context does not have: a defect of ours.
pub(super) fn fill(context: &Value) -> Result<String, Error> {
    static ENVIRONMENT: LazyLock<Result<Environment<'static>, Error>> = LazyLock::new(environment);
    match &*ENVIRONMENT {
        Ok(environment) => environment.get_template("host.nix.j2")?.render(context),
        Err(error) => Err(Error::new(error.kind(), error.to_string())),
    }
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(format_as_nix);
    // Nothing may be set raw but through the filters below, which escape.
    environment.remove_filter("safe");
    environment.add_filter("attribute", |name: &str| {
        Value::from_safe_string(attribute(name))
    });
    environment.add_filter("lines", |text: &str| Value::from_safe_string(lines(text)));
    environment.add_filter("path", |path: &str| {
        relative_path(path).map(Value::from_safe_string)
    });
    environment.add_filter("package", |name: &str| {
        let path = name.split('.').map(attribute).collect::<Vec<_>>();
        Value::from_safe_string(format!("pkgs.{}", path.join(".")))
    });
    environment.add_filter("comment", |text: &str| {
        // A line break would end the comment.
        Value::from_safe_string(text.replace(['\n', '\r'], " "))
    });
    for (name, text) in TEMPLATES {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}

fn format_as_nix(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let safe = value.kind() == ValueKind::String && value.is_safe();
    let text = match value.as_str() {
        Some(text) if safe => text.to_owned(),
        _ => literal(value)?,
    };
    Ok(out.write_str(&text)?)
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::environment;

    #[test]
    fn a_value_cannot_be_set_raw() {
        let mut environment = environment().unwrap();
        environment
            .add_template("raw", "{{ x | safe }}")
            .unwrap_or_default();
        let rendered = environment
            .get_template("raw")
            .and_then(|template| template.render(context! { x => "builtins.abort 1" }));
        assert!(rendered.is_err());
    }

    #[test]
    fn a_value_cannot_break_out() {
        let environment = environment().unwrap();
        let render = |text: &str, x: &str| environment.render_str(text, context! { x }).unwrap();
        assert_eq!(
            render("a = {{ x }};", "\"; b = \"${y}"),
            r#"a = "\"; b = \"\${y}";"#
        );
        assert_eq!(render("{{ x | package }}", "a.b c"), "pkgs.a.\"b c\"");
        assert_eq!(render("# {{ x | comment }}", "a\nb = 1;"), "# a b = 1;");
    }
}
