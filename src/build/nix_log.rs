//! Nix's log in its form for programs (`--log-format internal-json`): a line
//! is `@nix ` and a JSON object. Types and numbers: nix's logging.hh.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

/// An activity that builds a derivation.
const BUILD: u64 = 105;
/// The activity whose progress counts derivations.
const BUILDS: u64 = 104;
/// A path that comes from another store.
const COPY: u64 = 100;
/// A result: a line of a build's log.
const LOG_LINE: u64 = 101;
/// A result: how much of an activity is done.
const PROGRESS: u64 = 105;
/// Messages up to this level are errors (0) and warnings (1).
const WARNING: u64 = 1;
/// Lines of the log that are kept for a failure.
const KEPT: usize = 10;

/// Something that Nix said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A build or a download begins.
    Start {
        /// Its number.
        id: u64,
        /// Whether it is a build; a download otherwise.
        build: bool,
        /// Name of the derivation or store path, without hash.
        name: String,
    },
    /// The activity that counts all builds begins.
    Counter(u64),
    /// An activity ended.
    Stop(u64),
    /// So many of so many are done.
    Done {
        /// Number of the activity.
        id: u64,
        /// Ended.
        done: u64,
        /// All of them, as far as Nix knows by now.
        expected: u64,
    },
    /// A line of a build's log.
    Log(String),
    /// An error or a warning.
    Message(String),
}

impl Event {
    /// What a line of standard error says, if that is of interest. A line that
    /// is not in the form comes from a program that Nix started.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let Some(json) = line.strip_prefix("@nix ") else {
            return Some(Self::Message(line.to_owned())).filter(|_| !line.trim().is_empty());
        };
        let value: Value = serde_json::from_str(json).ok()?;
        let number = |key: &str| value.get(key)?.as_u64();
        let id = number("id");
        match value.get("action")?.as_str()? {
            "start" => match number("type")? {
                BUILDS => Some(Self::Counter(id?)),
                kind @ (BUILD | COPY) => Some(Self::Start {
                    id: id?,
                    build: kind == BUILD,
                    name: name(value.get("fields")?.get(0)?.as_str()?).to_owned(),
                }),
                _ => None,
            },
            "stop" => Some(Self::Stop(id?)),
            "result" => result(id?, number("type")?, value.get("fields")?),
            "msg" if number("level")? <= WARNING => {
                Some(Self::Message(plain(value.get("msg")?.as_str()?)))
            }
            _ => None,
        }
    }
}

fn result(id: u64, kind: u64, fields: &Value) -> Option<Event> {
    let field = |at: usize| fields.get(at);
    match kind {
        LOG_LINE => Some(Event::Log(field(0)?.as_str()?.to_owned())),
        PROGRESS => Some(Event::Done {
            id,
            done: field(0)?.as_u64()?,
            expected: field(1)?.as_u64()?,
        }),
        _ => None,
    }
}

/// Without colours: ESC, `[`, parameters, a letter (ECMA-48). Nix sets them
/// whatever the terminal is.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_ascii_alphabetic());
        plain.push_str(end.and_then(|end| part.get(end + 1..)).unwrap_or_default());
    }
    plain
}

/// NAME of /nix/store/HASH-NAME.drv.
fn name(path: &str) -> &str {
    let base = path.rsplit('/').next().unwrap_or(path);
    let name = base.split_once('-').map_or(base, |(_, name)| name);
    name.strip_suffix(".drv").unwrap_or(name)
}

/// What is going on.
#[derive(Debug, Default)]
pub struct Progress {
    running: BTreeMap<u64, String>,
    counter: Option<u64>,
    done: u64,
    expected: u64,
    log: VecDeque<String>,
    messages: Vec<String>,
}

impl Progress {
    /// Takes note of an event; gives a line for a log without a terminal.
    pub fn apply(&mut self, event: Event) -> Option<String> {
        match event {
            Event::Start { id, build, name } => {
                let verb = if build { "building" } else { "fetching" };
                let line = format!("{verb} {name}");
                self.running.insert(id, line.clone());
                return Some(line);
            }
            Event::Counter(id) => self.counter = Some(id),
            Event::Stop(id) => {
                self.running.remove(&id);
            }
            Event::Done { id, done, expected } if self.counter == Some(id) => {
                (self.done, self.expected) = (done, expected);
            }
            Event::Done { .. } => {}
            Event::Log(line) => {
                self.log.push_back(line);
                if self.log.len() > KEPT {
                    self.log.pop_front();
                }
            }
            Event::Message(text) => self.messages.push(text),
        }
        None
    }

    /// One line for a terminal: how much is built, and what is.
    #[must_use]
    pub fn headline(&self) -> String {
        let current = self.running.values().next_back();
        let current = current.map_or("evaluating", String::as_str);
        let more = match self.running.len() {
            0 | 1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        if self.expected == 0 {
            format!("{current}{more}")
        } else {
            format!("{} of {} built, {current}{more}", self.done, self.expected)
        }
    }

    /// What Nix said was wrong, and the end of the builds' log where Nix does
    /// not repeat it.
    #[must_use]
    pub fn failure(&self) -> String {
        let said = self.messages.join("\n");
        let repeated = self.log.back().is_none_or(|last| said.contains(last));
        let log = self.log.iter().filter(|_| !repeated);
        let log = log.map(|line| format!("> {line}"));
        let parts = log.chain(Some(said).filter(|it| !it.is_empty()));
        parts.collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Progress};

    /// Lines of Nix 2.34, shortened.
    const LOG: [&str; 9] = [
        r#"@nix {"action":"start","id":7,"level":4,"parent":0,"text":"evaluating derivation 'path:/fleet#packages.x86_64-linux.web'","type":0}"#,
        r#"@nix {"action":"start","id":8,"level":0,"parent":0,"text":"","type":104}"#,
        r#"@nix {"action":"result","fields":[0,2,0,0],"id":8,"type":105}"#,
        r#"@nix {"action":"start","fields":["/nix/store/1rz4g4znpzjwh1xymhjpm42vipw92pr7-web-image-1.0.drv","",1,1],"id":9,"level":3,"parent":8,"text":"building '/nix/store/1rz4g4znpzjwh1xymhjpm42vipw92pr7-web-image-1.0.drv'","type":105}"#,
        r#"@nix {"action":"result","fields":["writing raw.zst"],"id":9,"type":101}"#,
        r#"@nix {"action":"result","fields":[1,2,1,0],"id":8,"type":105}"#,
        r#"@nix {"action":"msg","level":3,"msg":"an information"}"#,
        r#"@nix {"action":"msg","column":null,"file":null,"level":0,"line":null,"msg":"\u001b[31;1merror:\u001b[0m builder failed","raw_msg":"builder failed"}"#,
        "a line of a program that Nix started",
    ];

    fn after(lines: &[&str]) -> Progress {
        let mut progress = Progress::default();
        for event in lines.iter().filter_map(|line| Event::parse(line)) {
            progress.apply(event);
        }
        progress
    }

    #[test]
    fn the_line_says_what_is_built_and_how_much_is_done() {
        assert_eq!(after(&LOG[..1]).headline(), "evaluating");
        assert_eq!(
            after(&LOG[..6]).headline(),
            "1 of 2 built, building web-image-1.0"
        );
    }

    #[test]
    fn a_failure_is_what_nix_said_after_the_end_of_the_log() {
        assert_eq!(after(&LOG[..7]).failure(), "> writing raw.zst");
        assert_eq!(
            after(&LOG).failure(),
            "> writing raw.zst\nerror: builder failed\na line of a program that Nix started"
        );
        let repeats = r#"@nix {"action":"msg","level":0,"msg":"failed: writing raw.zst"}"#;
        assert_eq!(
            after(&[LOG[4], repeats]).failure(),
            "failed: writing raw.zst"
        );
    }

    #[test]
    fn each_build_is_a_line_where_there_is_no_terminal() {
        let mut progress = Progress::default();
        let events = LOG.iter().filter_map(|line| Event::parse(line));
        let lines: Vec<String> = events.filter_map(|event| progress.apply(event)).collect();
        assert_eq!(lines, ["building web-image-1.0"]);
    }

    #[test]
    fn what_is_not_understood_is_passed_over() {
        for line in [
            "@nix",
            "@nix {",
            "@nix {}",
            "@nix []",
            "",
            "@nix {\"action\":\"start\",\"type\":105}",
        ] {
            let event = Event::parse(line);
            assert!(event.is_none() || line == "@nix", "{line}: {event:?}");
        }
    }
}
