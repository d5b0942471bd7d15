//! The skip list: which directives may go unexecuted or fail, each for a reason.
//!
//! `tests/spec-skips.txt` holds one entry a line, of three kinds:
//! - `needs "FEATURE" PATTERN`: in these scripts, directives may go unexecuted for want of the
//!   feature, which the compiler refuses by that name;
//! - `fails "FEATURE" PATH: LINE…`: the directives on these lines are executed and must fail,
//!   because they demand what the feature has changed since, or rely on what was not executed for
//!   want of it;
//! - `unreadable "FEATURE" PATTERN`: the text library does not know the feature's syntax.
//!
//! Invariant: the list only shrinks by itself. An entry that a script no longer needs makes that
//! script's test fail, and so does whatever is not on the list.

use super::c_host::exclusions::Exclusion;
use super::corpus::Script;
use super::plan::{Directive, Verdict};
use glob::Pattern;
use std::collections::BTreeSet;

const LIST: &str = include_str!("../../spec-skips.txt");

/// The entries.
pub struct Skips(Vec<Entry>);

struct Entry {
    kind: Kind,
    feature: String,
    script: Pattern,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Needs,
    Fails { lines: BTreeSet<usize> },
    Unreadable,
}

/// How many directives of a script fared how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// As the script demands.
    pub passed: usize,
    /// Not executed, or failed, as the list says.
    pub skipped: usize,
    /// Everything else.
    pub failed: usize,
    /// Not executed for want of words in C, by [`Exclusion`].
    pub excluded: [usize; Exclusion::ALL.len()],
}

impl Skips {
    /// Reads the list that comes with the tests.
    pub fn read() -> Result<Self, String> {
        Self::parse(LIST)
    }

    fn parse(list: &str) -> Result<Self, String> {
        let lines = list.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        let entries = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let parsed = entries.map(|(number, line)| {
            Entry::parse(line).ok_or_else(|| format!("line {number} of the skip list is no entry: {line}"))
        });
        parsed.collect::<Result<_, _>>().map(Self)
    }

    /// Entries whose pattern fits none of the scripts.
    pub fn without_script(&self, scripts: &[Script]) -> Vec<String> {
        let lost = self.0.iter().filter(|entry| !scripts.iter().any(|script| entry.fits(script)));
        lost.map(|entry| entry.script.to_string()).collect()
    }

    /// Whether the list says that the script cannot be read.
    pub fn unreadable(&self, script: &Script) -> bool {
        self.of(script).any(|entry| entry.kind == Kind::Unreadable)
    }

    fn of<'a>(&'a self, script: &'a Script) -> impl Iterator<Item = &'a Entry> {
        self.0.iter().filter(|entry| entry.fits(script))
    }

    /// Holds verdicts against the list. What is wrong, a line each, goes to `complaints`.
    pub fn apply(
        &self,
        script: &Script,
        directives: &[Directive],
        verdicts: &[Verdict],
        complaints: &mut Vec<String>,
    ) -> Counts {
        let mut counts = Counts::default();
        let mut used = BTreeSet::new();
        for (directive, verdict) in directives.iter().zip(verdicts) {
            if let Verdict::Excluded(exclusion) = verdict {
                counts.excluded[*exclusion as usize] += 1;
                continue;
            }
            match self.complaint(script, directive.line, verdict, &mut used) {
                Ok(true) => counts.passed += 1,
                Ok(false) => counts.skipped += 1,
                Err(complaint) => {
                    counts.failed += 1;
                    let Directive { line, keyword, .. } = directive;
                    complaints.push(format!("{}:{line}: {keyword}: {complaint}", script.name()));
                }
            }
        }
        complaints.extend(self.unused(script, directives, &used));
        counts
    }

    /// Whether a directive passed (else it may be skipped), or what is wrong with its verdict.
    fn complaint(
        &self,
        script: &Script,
        line: usize,
        verdict: &Verdict,
        used: &mut BTreeSet<String>,
    ) -> Result<bool, String> {
        let listed = self
            .of(script)
            .find(|entry| matches!(&entry.kind, Kind::Fails { lines } if lines.contains(&line)));
        match (verdict, listed) {
            (Verdict::Passed, None) => Ok(true),
            (Verdict::Passed, Some(_)) => Err("passes, though the skip list says that it fails".into()),
            (_, Some(_)) => Ok(false),
            (Verdict::Failed(why), None) => Err(why.clone()),
            (Verdict::Excluded(exclusion), None) => Err(exclusion.reason().into()),
            (Verdict::Unsupported(feature), None) => {
                let listed =
                    self.of(script).any(|entry| entry.kind == Kind::Needs && entry.feature == *feature);
                if !listed {
                    return Err(format!("needs {feature}, which is not on the skip list for this script"));
                }
                used.insert(feature.clone());
                Ok(false)
            }
        }
    }

    /// Complaints about entries for which the script has no use.
    fn unused<'a>(
        &'a self,
        script: &'a Script,
        directives: &'a [Directive],
        used: &'a BTreeSet<String>,
    ) -> impl Iterator<Item = String> + 'a {
        self.of(script).filter_map(|entry| {
            let stale = match &entry.kind {
                Kind::Needs => !used.contains(&entry.feature),
                Kind::Fails { lines } => {
                    lines.iter().any(|line| directives.iter().all(|directive| directive.line != *line))
                }
                Kind::Unreadable => true,
            };
            let Entry { script: pattern, feature, .. } = entry;
            stale.then(|| format!("{}: the skip list's {feature} ({pattern}) is out of date", script.name()))
        })
    }
}

impl Entry {
    fn parse(line: &str) -> Option<Self> {
        let (kind, rest) = line.split_once(" \"")?;
        let (feature, rest) = rest.split_once("\" ")?;
        let (script, lines) = rest.split_once(':').unwrap_or((rest, ""));
        let lines =
            lines.split_whitespace().map(|line| line.parse().ok()).collect::<Option<BTreeSet<_>>>()?;
        let kind = match (kind, lines.is_empty()) {
            ("needs", true) => Kind::Needs,
            ("unreadable", true) => Kind::Unreadable,
            ("fails", false) => Kind::Fails { lines },
            _ => return None,
        };
        Some(Self { kind, feature: feature.into(), script: Pattern::new(script.trim()).ok()? })
    }

    fn fits(&self, script: &Script) -> bool {
        script.paths.iter().any(|path| self.script.matches(path))
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::Decision;
    use super::*;

    fn apply(list: &str, verdicts: &[Verdict]) -> (Counts, Vec<String>) {
        let script = Script { paths: vec!["v1/a.wast".into(), "v2/b.wast".into()], text: "" };
        let directive =
            |line| Directive { line, keyword: "invoke", decision: Decision::Made(Verdict::Passed) };
        let directives = (1..=verdicts.len()).map(directive).collect::<Vec<_>>();
        let mut complaints = Vec::new();
        let skips = Skips::parse(list).unwrap();
        (skips.apply(&script, &directives, verdicts, &mut complaints), complaints)
    }

    fn counts(passed: usize, skipped: usize, failed: usize) -> Counts {
        Counts { passed, skipped, failed, ..Counts::default() }
    }

    #[test]
    fn only_what_is_listed_may_go_unexecuted() {
        let verdicts = [Verdict::Passed, Verdict::Unsupported("SIMD".into())];
        assert_eq!(apply("needs \"SIMD\" v2/*.wast", &verdicts), (counts(1, 1, 0), vec![]));
        let (counted, complaints) = apply("# nothing\n", &verdicts);
        assert_eq!((counted, complaints.len()), (counts(1, 0, 1), 1));
        let (_, complaints) = apply("needs \"threads\" v1/a.wast", &verdicts);
        assert_eq!(complaints.len(), 2, "the feature is another, and the entry is out of date");
    }

    #[test]
    fn a_directive_listed_as_failing_must_fail() {
        let failed = Verdict::Failed("accepted".into());
        let list = "fails \"x\" v1/a.wast: 2";
        assert_eq!(apply(list, &[Verdict::Passed, failed.clone()]), (counts(1, 1, 0), vec![]));
        assert_eq!(apply(list, &[Verdict::Passed, Verdict::Passed]).0, counts(1, 0, 1));
        assert_eq!(apply(list, &[failed.clone(), failed]).0, counts(0, 1, 1));
        assert_eq!(apply(list, &[Verdict::Passed]).1.len(), 1, "no directive on that line");
    }

    #[test]
    fn the_list_is_read_strictly() {
        for line in ["needs SIMD v1/a.wast", "needs \"SIMD\" a.wast: 3", "fails \"x\" a.wast", "skip \"x\" a"]
        {
            assert!(Skips::parse(line).is_err(), "{line}");
        }
        assert!(Skips::read().is_ok());
    }
}
