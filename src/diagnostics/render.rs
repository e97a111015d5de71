//! Prints findings: file, line, column, excerpt, rule and way out.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use super::{Finding, Place, Severity, SpanIndex};

/// Findings of one file that are shown; whoever has more corrects these first.
const MAX_SHOWN: usize = 200;

/// The findings of one file, with the text that they point into.
#[derive(Debug)]
pub struct FileReport {
    name: String,
    text: String,
    /// Without a place where the file does not have the key.
    findings: Vec<(Option<Range<usize>>, Finding)>,
    errors: usize,
    warnings: usize,
}

/// A finding with its place, as `--json` prints it.
#[derive(Debug, Serialize)]
pub struct Located<'a> {
    file: &'a str,
    /// From 1.
    line: usize,
    /// From 1, in characters.
    column: usize,
    key: &'a str,
    rule: &'a str,
    severity: Severity,
    message: &'a str,
    label: &'a str,
    help: &'a str,
}

impl FileReport {
    /// Places `findings` in the file `name` with these `bytes`, and sorts them
    /// by place.
    #[must_use]
    pub fn new(name: &str, bytes: &[u8], spans: &SpanIndex, findings: Vec<Finding>) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut findings = findings
            .into_iter()
            .map(|finding| (locate(&finding, spans, &text), finding))
            .collect::<Vec<_>>();
        findings.sort_by(|(a, left), (b, right)| {
            let key = |span: &Option<Range<usize>>| span.as_ref().map(|it| it.start);
            (key(a), left.severity, left.rule, &left.message).cmp(&(
                key(b),
                right.severity,
                right.rule,
                &right.message,
            ))
        });
        findings.dedup();
        let secrets = findings.iter().filter(|(_, finding)| finding.secret);
        let secrets = secrets.filter_map(|(_, finding)| spans.value(&finding.path));
        Self {
            name: name.to_owned(),
            text: hide(text, secrets),
            errors: count(&findings, Severity::Error),
            warnings: count(&findings, Severity::Warning),
            findings: findings.into_iter().take(MAX_SHOWN).collect(),
        }
    }

    /// How many findings refuse the file.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// How many findings only advise.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.warnings
    }

    /// The findings as a terminal shows them, with colours if `styled`.
    #[must_use]
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled {
            Renderer::styled()
        } else {
            Renderer::plain()
        }
        .decor_style(DecorStyle::Ascii);
        let mut output = String::new();
        for (span, finding) in &self.findings {
            let level = match finding.severity {
                Severity::Error => Level::ERROR,
                Severity::Warning => Level::WARNING,
            };
            let title = level.primary_title(&finding.message).id(finding.rule);
            let problem = match span {
                Some(span) => title.element(self.snippet(span, &finding.label)),
                None => title
                    .element(Origin::path(&self.name))
                    .element(Level::NOTE.message(&finding.label)),
            };
            let help = Group::with_title(Level::HELP.secondary_title(&finding.help));
            output.push_str(&renderer.render(&[problem, help]));
            output.push_str("\n\n");
        }
        let more = self.errors + self.warnings - self.findings.len();
        if more > 0 {
            let line = format!("{}: {more} more findings\n\n", self.name);
            output.push_str(&line);
        }
        output
    }

    fn snippet<'a>(&'a self, span: &Range<usize>, label: &'a str) -> Snippet<'a, Annotation<'a>> {
        let (line, excerpt, span) = excerpt(&self.text, span);
        Snippet::source(excerpt)
            .line_start(line)
            .path(&self.name)
            .annotation(AnnotationKind::Primary.span(span).label(label))
    }

    /// The findings as data.
    #[must_use]
    pub fn located(&self) -> Vec<Located<'_>> {
        self.findings
            .iter()
            .map(|(span, finding)| {
                let start = span.as_ref().map_or(0, |span| span.start);
                let (line, column) = line_and_column(&self.text, start);
                Located {
                    file: &self.name,
                    line,
                    column,
                    key: &finding.path,
                    rule: finding.rule,
                    severity: finding.severity,
                    message: &finding.message,
                    label: &finding.label,
                    help: &finding.help,
                }
            })
            .collect()
    }
}

fn count(findings: &[(Option<Range<usize>>, Finding)], severity: Severity) -> usize {
    let same = findings.iter().filter(|(_, it)| it.severity == severity);
    same.count()
}

/// The text with stars in place of what is at `secrets`: as many bytes, so that
/// places stay right.
fn hide(text: String, secrets: impl Iterator<Item = Range<usize>>) -> String {
    let mut bytes = text.into_bytes();
    for secret in secrets {
        let visible = |byte: &u8| matches!(byte, b'"' | b'\'' | b'\n' | b'\r');
        let secret = bytes.get_mut(secret).unwrap_or_default();
        for byte in secret.iter_mut().filter(|byte| !visible(byte)) {
            *byte = b'*';
        }
    }
    // A secret is a whole value, so that no character is cut.
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Bytes that the finding underlines, if the file has the key or one around it.
fn locate(finding: &Finding, spans: &SpanIndex, text: &str) -> Option<Range<usize>> {
    let range = match &finding.place {
        Place::Bytes(range) => range.clone(),
        Place::Key => spans.key(&finding.path)?,
        Place::Value => spans.value(&finding.path)?,
        Place::Part(part) => within_string(&spans.value(&finding.path)?, part, text),
    };
    let end = range.end.min(text.len());
    Some(range.start.min(end)..end)
}

/// Bytes of `part` of a string whose literal is at `literal`: exact where the
/// literal has no escapes, else the whole literal.
fn within_string(literal: &Range<usize>, part: &Range<usize>, text: &str) -> Range<usize> {
    let written = text.get(literal.clone()).unwrap_or_default();
    let simple = written.starts_with(['"', '\''])
        && !written.starts_with("\"\"\"")
        && !written.starts_with("'''")
        && !written.contains('\\');
    let start = literal.start + 1 + part.start;
    let end = literal.start + 1 + part.end;
    if simple && end < literal.end && text.is_char_boundary(start) && text.is_char_boundary(end) {
        start..end
    } else {
        literal.clone()
    }
}

/// The lines around `span`: number of the first, text, and the span in it. Only
/// the lines that are shown are given to the drawing, whose work grows with
/// the length of its source.
fn excerpt<'a>(text: &'a str, span: &Range<usize>) -> (usize, &'a str, Range<usize>) {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    // A value of many lines is shown by its first.
    let line_end = text[span.start..]
        .find('\n')
        .map_or(text.len(), |at| span.start + at);
    let end = span.end.min(line_end);
    let line = 1 + text[..start].bytes().filter(|byte| *byte == b'\n').count();
    (
        line,
        &text[start..line_end],
        span.start - start..end - start,
    )
}

/// Line and column (in characters) of a byte, both from 1.
fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = &text[..byte];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
    (line, 1 + before[line_start..].chars().count())
}
