//! UFW's grammar: text to rule.

use super::clauses::{self, Clauses};
use super::endpoint::port_spec;
use super::error::{ParseError, did_you_mean};
use super::rule::{Action, Direction, Endpoint, PortMatch, Rule, RuleLog};
use super::token::{CLAUSES, Token, tokens};
use super::{Interface, Profiles};

/// Commands of `ufw` that edit a list of rules or the firewall.
const COMMANDS: [&str; 14] = [
    "app", "default", "delete", "disable", "enable", "insert", "logging", "prepend", "reload",
    "reset", "route", "show", "status", "ufw",
];

impl Rule {
    /// Reads one rule as the `ufw` command does, without the word `ufw`.
    ///
    /// # Errors
    /// The place and the reason, for whatever ufw 0.36.2 refuses, and for
    /// `route` rules and commands that edit a list.
    pub fn parse(text: &str, profiles: &Profiles) -> Result<Self, ParseError> {
        rule(text, profiles)
    }
}

fn rule(text: &str, profiles: &Profiles) -> Result<Rule, ParseError> {
    let mut words = tokens(text)?;
    let action = action(&words, text)?;
    words.remove(0);
    let (direction, interface) = take_direction(&mut words)?;
    let log = take_log(&mut words)?;
    let comment = take_comment(&mut words)?;
    let rule = Rule {
        action,
        direction,
        interface,
        log,
        protocol: None,
        source: Endpoint::ANY,
        destination: Endpoint::ANY,
        comment,
    };
    match words.first() {
        None if rule.interface.is_some() => Ok(rule),
        None => Err(ParseError::new(
            0..text.len(),
            format!("rule '{text}' names no port, application or address"),
            "add a port (allow 22/tcp), an application (allow OpenSSH) or an address \
             (allow from 203.0.113.7)",
        )),
        Some(first) if first.is_any_of(&CLAUSES) => {
            let clauses = clauses::read(&words, rule.interface.is_some(), profiles)?;
            Ok(full(rule, clauses))
        }
        Some(_) => simple(rule, &words, profiles),
    }
}

fn full(rule: Rule, clauses: Clauses) -> Rule {
    Rule {
        protocol: clauses.protocol,
        source: clauses.source,
        destination: clauses.destination,
        ..rule
    }
}

/// The form `allow 22/tcp` or `allow 'Nginx Full'`.
fn simple(rule: Rule, words: &[Token<'_>], profiles: &Profiles) -> Result<Rule, ParseError> {
    let Some(first) = words.first() else {
        return Ok(rule);
    };
    let destination = |ports| Endpoint {
        network: None,
        ports,
    };
    if let Some(interface) = &rule.interface {
        return Err(first.error(
            format!("'{}' needs a clause after the interface", first.text),
            format!(
                "write '{} {} on {interface} to any port PORT proto tcp'",
                rule.action.name(),
                rule.direction.name()
            ),
        ));
    }
    // As for UFW, a service of /etc/services goes before an application.
    if let ([word], false) = (words, first.quoted) {
        if super::services::find(word.text).is_none()
            && let Some((name, entries)) = profiles.find(word.text)
        {
            let ports = clauses::application(name, entries);
            return Ok(Rule {
                destination: destination(ports),
                ..rule
            });
        }
        let (ports, protocol) = port_spec(word.text, word.range.start)
            .map_err(|error| simple_error(error, word, profiles))?;
        clauses::check_multiple(&ports, protocol, word)?;
        return Ok(Rule {
            protocol,
            destination: destination(PortMatch::Ports(ports)),
            ..rule
        });
    }
    let starts_with_port = !first.quoted && port_spec(first.text, 0).is_ok();
    let (ports, used) = match clauses::take_application(words, profiles) {
        Err(_) if starts_with_port => (PortMatch::Any, 1),
        taken => taken?,
    };
    if let Some(extra) = words.get(used) {
        return Err(extra.error(
            format!("'{}' is one word too many", extra.text),
            "the short form is ACTION PORT[/PROTO] or ACTION APPLICATION; the full form \
             is ACTION from ADDRESS to ADDRESS port PORT proto PROTO",
        ));
    }
    Ok(Rule {
        destination: destination(ports),
        ..rule
    })
}

/// What else the word of a simple rule may have meant.
fn simple_error(error: ParseError, word: &Token<'_>, profiles: &Profiles) -> ParseError {
    let text = word.text;
    let help = if text.contains('/') || text.starts_with(|c: char| c.is_ascii_digit()) {
        if text.parse::<ipnet::IpNet>().is_ok() || text.parse::<std::net::IpAddr>().is_ok() {
            format!("write 'from {text}' for an address")
        } else {
            return error;
        }
    } else if let Some(name) = profiles.similar(text) {
        format!("did you mean '{name}'?")
    } else if super::Protocol::from_name(text).is_some() {
        format!("write 'proto {text} from any' for all ports of a protocol")
    } else {
        return error;
    };
    let message = match text.parse::<std::net::IpAddr>() {
        Ok(_) => format!("'{text}' is an address, not a port"),
        Err(_) if text.contains('/') => error.message,
        Err(_) => format!("'{text}' is no port, service or application"),
    };
    word.error(message, help)
}

fn action(words: &[Token<'_>], text: &str) -> Result<Action, ParseError> {
    let names = Action::ALL.map(Action::name);
    let Some(first) = words.first() else {
        return Err(ParseError::new(
            0..text.len(),
            "rule is empty",
            "write a rule such as 'allow 22/tcp', or delete it",
        ));
    };
    let found = Action::ALL
        .into_iter()
        .find(|action| first.is(action.name()));
    if let Some(action) = found {
        return Ok(action);
    }
    if let Some(command) = COMMANDS.into_iter().find(|command| first.is(command)) {
        return Err(command_error(command, first));
    }
    let help = match did_you_mean(first.text, names) {
        Some(similar) => format!("did you mean '{similar}'?"),
        None => format!("begin the rule with one of {}", names.join(", ")),
    };
    Err(first.error(format!("unknown action '{}'", first.text), help))
}

fn command_error(command: &str, word: &Token<'_>) -> ParseError {
    let help = match command {
        "route" => {
            "ports of containers are covered by ordinary rules; interfaces that the host \
             routes between are declared as forwarding interfaces"
        }
        "ufw" => "leave 'ufw' out and begin with allow, deny, reject or limit",
        "delete" | "insert" | "prepend" => {
            "the order of the rules is the order of the list: add, move or delete its lines"
        }
        "default" | "logging" => {
            "set default_incoming, default_outgoing or logging beside the list of rules"
        }
        _ => "only rules stand here: allow, deny, reject or limit",
    };
    word.error(format!("'{command}' is a command, not a rule"), help)
}

/// Takes `comment TEXT` out of the words.
fn take_comment(words: &mut Vec<Token<'_>>) -> Result<Option<String>, ParseError> {
    let Some(at) = words.iter().position(|word| word.is("comment")) else {
        return Ok(None);
    };
    let keyword = words.remove(at);
    if at >= words.len() {
        return Err(keyword.error("comment has no text", "write comment 'text'"));
    }
    let text = words.remove(at);
    if text.text.contains('\'') {
        return Err(text.error(
            "comment contains a single quote",
            "UFW keeps no ' in comments: leave it out",
        ));
    }
    Ok(Some(text.text.to_owned()).filter(|text| !text.is_empty()))
}

/// Takes `in`, `out`, `in on IFACE` or `out on IFACE` from the front.
fn take_direction(
    words: &mut Vec<Token<'_>>,
) -> Result<(Direction, Option<Interface>), ParseError> {
    let mut direction = Direction::In;
    let mut interface = None;
    if let Some(first) = words.first().filter(|word| word.is_any_of(&["in", "out"])) {
        if first.is("out") {
            direction = Direction::Out;
        }
        let keyword = words.remove(0);
        if words.first().is_some_and(|word| word.is("on")) {
            words.remove(0);
            // An interface may be called `app`; these words show that it is missing.
            let stray = ["in", "out", "on", "from", "to"];
            if words.first().is_none_or(|word| word.is_any_of(&stray)) {
                return Err(keyword.error(
                    format!("'{} on' names no interface", keyword.text),
                    "write the interface after it: in on eth0",
                ));
            }
            let name = words.remove(0);
            interface = Some(
                Interface::parse(name.text)
                    .map_err(|fault| name.error(fault, "write a name such as eth0 or wg0"))?,
            );
        }
    }
    match words
        .iter()
        .find(|word| word.is_any_of(&["in", "out", "on"]))
    {
        None => Ok((direction, interface)),
        Some(stray) if interface.is_some() => Err(stray.error(
            format!("second direction '{}'", stray.text),
            "a rule has one direction and at most one interface: the host's own \
             traffic is not routed between two",
        )),
        Some(stray) => Err(stray.error(
            format!("'{}' stands in the wrong place", stray.text),
            "direction and interface come right after the action: allow in on eth0 \
             to any port 80 proto tcp",
        )),
    }
}

/// Takes `log` or `log-all` from the front.
fn take_log(words: &mut Vec<Token<'_>>) -> Result<RuleLog, ParseError> {
    let log = match words.first() {
        Some(word) if word.is("log") => RuleLog::New,
        Some(word) if word.is("log-all") => RuleLog::All,
        _ => RuleLog::None,
    };
    if log != RuleLog::None {
        words.remove(0);
    }
    match words
        .iter()
        .find(|word| word.is_any_of(&["log", "log-all"]))
    {
        None => Ok(log),
        Some(stray) => Err(stray.error(
            format!("'{}' stands in the wrong place", stray.text),
            "log comes after action, direction and interface: allow in on eth0 log \
             to any port 22 proto tcp",
        )),
    }
}
