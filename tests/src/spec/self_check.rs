//! A check of the harness: in a script of right and wrong directives it must find the wrong ones,
//! and no others.

use super::config::Configuration;
use super::plan::{self, Verdict};
use std::collections::BTreeSet;

const SCRIPT: &str = include_str!("self_check.wast");
const MARK: &str = ";; wrong";

/// Executes the script under a configuration.
pub fn run(configuration: &Configuration) -> Result<(), String> {
    let marked = SCRIPT.lines().enumerate().filter(|(_, line)| *line == MARK);
    let wrong: BTreeSet<usize> = marked.map(|(index, _)| index + 2).collect();
    let plan = plan::plan(SCRIPT).map_err(|error| error.to_string())?;
    let verdicts = super::verdicts(&plan, configuration);
    let directives = plan.directives.iter().zip(verdicts);
    let found: BTreeSet<usize> = directives
        .filter(|(_, verdict)| *verdict != Verdict::Passed)
        .map(|(directive, _)| directive.line)
        .collect();
    let missed = wrong.difference(&found).collect::<Vec<_>>();
    let mistaken = found.difference(&wrong).collect::<Vec<_>>();
    if missed.is_empty() && mistaken.is_empty() && !wrong.is_empty() {
        return Ok(());
    }
    Err(format!("lines that are wrong and pass: {missed:?}; lines that are right and fail: {mistaken:?}"))
}
