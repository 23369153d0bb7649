//! Mistakes in the configuration, shown where they stand.

use std::{fmt, ops::Range, path::PathBuf};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, as `source.board.row`; empty for mistakes of the whole file.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What is allowed there, or what to do.
    pub help: Option<String>,
    /// Where, in bytes of the file.
    pub(super) span: Option<Range<usize>>,
    /// Whether the line may hold a secret and is not to be shown.
    pub(super) secret: bool,
}

/// All mistakes of a configuration.
#[derive(Clone, Debug)]
pub struct Problems {
    path: PathBuf,
    text: String,
    /// In the order of the file.
    pub problems: Vec<Problem>,
}

impl Problems {
    pub(super) fn general(what: String) -> Self {
        let problem = Problem {
            key: String::new(),
            what,
            help: None,
            span: None,
            secret: false,
        };
        Self {
            path: PathBuf::new(),
            text: String::new(),
            problems: vec![problem],
        }
    }

    pub(super) fn of(path: PathBuf, text: String, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.span.as_ref().map_or(usize::MAX, |span| span.start));
        Self { path, text, problems }
    }

    /// Line and column of a problem, from 1.
    pub fn place(&self, problem: &Problem) -> Option<(usize, usize)> {
        let before = self.text.get(..problem.span.as_ref()?.start)?;
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Some((line, column))
    }

    fn show(&self, problem: &Problem, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = match problem.key.as_str() {
            "" => problem.what.clone(),
            key => format!("{key}: {}", problem.what),
        };
        let path = self.path.display().to_string();
        match (&problem.span, problem.secret) {
            (Some(span), false) => {
                let mark = AnnotationKind::Primary
                    .span(span.clone())
                    .label(problem.help.as_deref());
                let snippet = Snippet::source(&self.text).path(&path).annotation(mark);
                let report = [Level::ERROR.primary_title(&title).element(snippet)];
                writeln!(f, "{}", Renderer::plain().render(&report))
            }
            _ => {
                write!(f, "error: {title}")?;
                if let Some((line, column)) = self.place(problem) {
                    write!(f, "\n --> {path}:{line}:{column}")?;
                }
                match &problem.help {
                    Some(help) => writeln!(f, "\n  = {help}"),
                    None => writeln!(f),
                }
            }
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            self.show(problem, f)?;
        }
        match self.problems.len() {
            1 => Ok(()),
            n => write!(f, "{n} mistakes in {}", self.path.display()),
        }
    }
}

impl std::error::Error for Problems {}
