//! The specification's test suite: one test for each script under each configuration of the tier.
//!
//! `WASMWRIGHT_TEST_TIER=full` covers the whole matrix. `WASMWRIGHT_SPEC_FILTER` narrows a run to
//! the scripts one of whose paths contains it.

use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;
use std::sync::Arc;
use wasmwright_tests::spec::config::Configuration;
use wasmwright_tests::spec::corpus::{self, Script};
use wasmwright_tests::spec::execute::{CHILD_VARIABLE, child};
use wasmwright_tests::spec::report::Report;
use wasmwright_tests::spec::skips::Skips;
use wasmwright_tests::spec::{run, self_check};

const FILTER_VARIABLE: &str = "WASMWRIGHT_SPEC_FILTER";

fn main() -> ExitCode {
    if let Some(folder) = std::env::var_os(CHILD_VARIABLE) {
        return finish(child(&folder).map_err(|error| error.to_string()));
    }
    let arguments = Arguments::from_args();
    let report = Arc::new(Report::default());
    let trials = match trials(&report) {
        Ok(trials) => trials,
        Err(message) => return finish(Err(message)),
    };
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list && !arguments.exact {
        println!("{report}");
    }
    conclusion.exit_code()
}

fn finish(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn trials(report: &Arc<Report>) -> Result<Vec<Trial>, String> {
    let skips = Arc::new(Skips::read()?);
    let scripts = corpus::scripts();
    let lost = skips.without_script(&scripts);
    if !lost.is_empty() {
        return Err(format!("entries of the skip list fit no script: {}", lost.join(", ")));
    }
    let configurations = Configuration::selected();
    let filter = std::env::var(FILTER_VARIABLE).unwrap_or_default();
    let mut trials = Vec::new();
    for configuration in configurations.clone() {
        let check = move || self_check::run(&configuration).map_err(Failed::from);
        trials.push(Trial::test(format!("{configuration}::self check of the harness"), check));
    }
    for script in scripts.into_iter().map(Arc::new) {
        if !script.paths.iter().any(|path| path.contains(&filter)) {
            continue;
        }
        for configuration in configurations.iter().filter(|one| one.covers(&script)) {
            trials.push(trial(&script, *configuration, &skips, report));
        }
    }
    Ok(trials)
}

fn trial(
    script: &Arc<Script>,
    configuration: Configuration,
    skips: &Arc<Skips>,
    report: &Arc<Report>,
) -> Trial {
    let (script, skips, report) = (Arc::clone(script), Arc::clone(skips), Arc::clone(report));
    let name = format!("{configuration}::{}", script.name());
    Trial::test(name, move || run(&script, &configuration, &skips, &report).map_err(Failed::from))
}
