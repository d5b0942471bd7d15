//! The specification's test suite, compiled and executed.
//!
//! A script (`corpus`) is planned once (`plan`): its modules become one program, its directives
//! operations and expectations. The program is compiled under each configuration (`config`),
//! executed in processes of its own (`share`, `execute`), or module by module behind a host in C (`c_host`),
//! and each outcome is held against its expectation (`judge`). What a directive needs that is not
//! compiled yet stands in the skip list (`skips`).

pub mod c_host;
pub mod config;
pub mod corpus;
pub mod execute;
mod instances;
pub mod judge;
pub mod plan;
pub mod report;
pub mod self_check;
mod share;
pub mod skips;
pub mod value;

use c_host::exclusions::Exclusion;
use config::{Configuration, Model};
use corpus::Script;
use execute::Answer;
use plan::{Decision, Plan, Verdict};
use report::Report;
use skips::Skips;
use wasmwright_compiler::Compiler;
use wasmwright_compiler::program::{KeptExports, ModuleInput};
use wasmwright_compiler::progress::Silent;

/// Executes a script under one configuration. The error lists what is wrong, a line each.
pub fn run(
    script: &Script,
    configuration: &Configuration,
    skips: &Skips,
    report: &Report,
) -> Result<(), String> {
    let plan = match plan::plan(script.text) {
        Ok(_) if skips.unreadable(script) => {
            return Err("it can be read; the skip list is out of date".into());
        }
        Ok(plan) => plan,
        Err(_) if skips.unreadable(script) => return Ok(()),
        Err(mut error) => {
            error.set_text(script.text);
            return Err(format!("{}: {error}", script.name()));
        }
    };
    let verdicts = verdicts(&plan, configuration);
    let mut complaints = Vec::new();
    report.add(script, skips.apply(script, &plan.directives, &verdicts, &mut complaints));
    if complaints.is_empty() { Ok(()) } else { Err(abridged(&complaints)) }
}

/// A defect often fails thousands of directives in the same way.
fn abridged(complaints: &[String]) -> String {
    const SHOWN: usize = 25;
    let mut text = complaints.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
    if complaints.len() > SHOWN {
        text += &format!("\nand {} more", complaints.len() - SHOWN);
    }
    text
}

fn verdicts(plan: &Plan, configuration: &Configuration) -> Vec<Verdict> {
    let excluded = match configuration.model {
        Model::CHost => c_host::exclusions::of_operations(plan),
        _ => vec![None; plan.operation_count],
    };
    let answers = match configuration.model {
        _ if excluded.iter().all(Option::is_some) => Ok(vec![Err(String::new()); plan.operation_count]),
        Model::CHost => execute_behind_c_host(plan, configuration, &excluded),
        _ => execute(plan, configuration),
    };
    let mut verdicts = match answers {
        Ok(answers) => judge::judge(plan, &answers),
        Err(error) => plan.directives.iter().map(|directive| without_execution(directive, &error)).collect(),
    };
    for (verdict, directive) in verdicts.iter_mut().zip(&plan.directives) {
        if let Decision::Outcome { operation, .. } = directive.decision {
            excluded[operation].inspect(|&exclusion| *verdict = Verdict::Excluded(exclusion));
        }
    }
    verdicts
}

fn without_execution(directive: &plan::Directive, error: &str) -> Verdict {
    match &directive.decision {
        Decision::Made(verdict) => verdict.clone(),
        Decision::Outcome { .. } => Verdict::Failed(error.into()),
    }
}

/// The answers to all operations, from as many processes as the machine needs.
fn execute(plan: &Plan, configuration: &Configuration) -> Result<Vec<Answer>, String> {
    let modules = modules(plan, configuration.model);
    let artifact = Compiler::new(configuration.options())
        .compile_program(&modules, &Silent)
        .map_err(|error| format!("the program was not compiled: {error}"))?;
    let mut answers = vec![Err("no process executed it".to_owned()); plan.operation_count];
    for share in share::shares(plan, configuration.memories_at_once()) {
        let execution = execute::execute(&artifact, configuration, &share.operations, share.positions.len())
            .map_err(|error| format!("the program was not executed: {error}"))?;
        for (position, answer) in share.positions.iter().zip(execution.answers(share.positions.len())) {
            answers[*position] = answer;
        }
    }
    Ok(answers)
}

/// The same from libraries and a host in C.
fn execute_behind_c_host(
    plan: &Plan,
    configuration: &Configuration,
    excluded: &[Option<Exclusion>],
) -> Result<Vec<Answer>, String> {
    let mut answers = vec![Err("it is left out".to_owned()); plan.operation_count];
    let share = share::of_operations(plan, |operation, _| excluded[operation].is_none());
    let execution = c_host::execute(plan, configuration, &share)?;
    for (position, answer) in share.positions.iter().zip(execution.answers(share.positions.len())) {
        answers[*position] = answer;
    }
    Ok(answers)
}

/// An executable knows which exports are used, a library keeps them all.
fn modules(plan: &Plan, model: Model) -> Vec<ModuleInput<'static>> {
    let mut modules = plan.modules.clone();
    if model == Model::Library {
        modules.iter_mut().for_each(|module| module.exports = KeptExports::All);
    }
    modules
}
