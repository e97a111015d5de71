//! Prints findings: file, line, column, excerpt, rule and way out.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

use crate::description::SpanIndex;

use super::{Finding, Place, Severity};

/// The findings of one file, with the text that they point into.
#[derive(Debug)]
pub struct FileReport {
    name: String,
    text: String,
    findings: Vec<(Range<usize>, Finding)>,
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
            (a.start, left.severity, left.rule, &left.message).cmp(&(
                b.start,
                right.severity,
                right.rule,
                &right.message,
            ))
        });
        findings.dedup();
        Self {
            name: name.to_owned(),
            text,
            findings,
        }
    }

    /// How many findings refuse the file.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    /// How many findings only advise.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    fn count(&self, severity: Severity) -> usize {
        let all = self.findings.iter();
        all.filter(|(_, finding)| finding.severity == severity)
            .count()
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
            let (line, excerpt, span) = excerpt(&self.text, span);
            let snippet = Snippet::source(excerpt)
                .line_start(line)
                .path(&self.name)
                .annotation(AnnotationKind::Primary.span(span).label(&finding.label));
            let problem = level
                .primary_title(&finding.message)
                .id(finding.rule)
                .element(snippet);
            let help = Group::with_title(Level::HELP.secondary_title(&finding.help));
            output.push_str(&renderer.render(&[problem, help]));
            output.push_str("\n\n");
        }
        output
    }

    /// The findings as data.
    #[must_use]
    pub fn located(&self) -> Vec<Located<'_>> {
        let describe = |(span, finding): &'_ (Range<usize>, Finding)| {
            let (line, column) = line_and_column(&self.text, span.start);
            (line, column, finding.rule)
        };
        self.findings
            .iter()
            .map(|entry| {
                let (line, column, rule) = describe(entry);
                let finding = &entry.1;
                Located {
                    file: &self.name,
                    line,
                    column,
                    key: &finding.path,
                    rule,
                    severity: finding.severity,
                    message: &finding.message,
                    label: &finding.label,
                    help: &finding.help,
                }
            })
            .collect()
    }
}

/// Bytes that the finding underlines.
fn locate(finding: &Finding, spans: &SpanIndex, text: &str) -> Range<usize> {
    let range = match &finding.place {
        Place::Bytes(range) => range.clone(),
        Place::Key => spans.key(&finding.path).unwrap_or(0..0),
        Place::Value => spans.value(&finding.path).unwrap_or(0..0),
        Place::Part(part) => {
            let value = spans.value(&finding.path).unwrap_or(0..0);
            within_string(&value, part, text)
        }
    };
    let end = range.end.min(text.len());
    range.start.min(end)..end
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
