//! Counts of directives, per folder and in total, for the end of a run.

use super::c_host::exclusions::Exclusion;
use super::corpus::{FOLDERS, Script};
use super::skips::Counts;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

/// Collects counts from any thread.
#[derive(Default)]
pub struct Report(Mutex<Totals>);

#[derive(Default)]
struct Totals {
    folders: BTreeMap<String, Counts>,
    all: Counts,
}

impl Report {
    /// Adds what a script came to. It counts in each folder that holds it, and once in total.
    pub fn add(&self, script: &Script, counts: Counts) {
        let mut totals = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for folder in script.folders() {
            add(totals.folders.entry(folder.into()).or_default(), counts);
        }
        add(&mut totals.all, counts);
    }
}

fn add(total: &mut Counts, counts: Counts) {
    total.passed += counts.passed;
    total.skipped += counts.skipped;
    total.failed += counts.failed;
    total.excluded.iter_mut().zip(counts.excluded).for_each(|(total, count)| *total += count);
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let totals = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        writeln!(f, "{:38}{:>9}{:>9}{:>9}", "directives of", "passed", "skipped", "failed")?;
        let mut line = |name: &str, Counts { passed, skipped, failed, .. }: Counts| {
            writeln!(f, "{name:38}{passed:>9}{skipped:>9}{failed:>9}")
        };
        for (folder, _) in FOLDERS {
            if let Some(counts) = totals.folders.get(*folder) {
                line(folder, *counts)?;
            }
        }
        line("all, identical scripts once", totals.all)?;
        for (exclusion, count) in Exclusion::ALL.iter().zip(totals.all.excluded) {
            if count > 0 {
                writeln!(f, "{count} directives are not for hosts in C: {}", exclusion.reason())?;
            }
        }
        Ok(())
    }
}
