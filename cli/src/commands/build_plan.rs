//! Build plans: the directory that `compile --emit build-plan` writes, and the two commands in it.
//!
//! Whatever reads Ninja files can execute a plan, and whoever copies the inputs of a command to
//! another machine with the same tool can execute it there: no command reads anything else. A file
//! of the plan that would not change is left alone, so that a second build begins where modules
//! have changed.

use crate::args::{CompileUnitArguments, LinkUnitsArguments};
use crate::failure::Failure;
use crate::output::{Output, write_whole};
use crate::tool;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use wasmwright_compiler::build_plan::{self, BuildPlan};
use wasmwright_compiler::progress::Silent;

/// What Ninja reads, before the jobs. The variable lets other machines have the tool elsewhere.
const RULES: &str = "\
ninja_required_version = 1.5

rule compile-unit
  command = \"$${WASMWRIGHT:-wasmwright}\" compile-unit $in -o $out
  description = compile $in

rule link-units
  command = \"$${WASMWRIGHT:-wasmwright}\" link-units $in -o $out
  description = link $out

";

/// Writes a plan whose output will be called `name`. Returns the size of its files.
pub fn write(plan: &BuildPlan, folder: &Path, name: &str) -> Result<usize, Failure> {
    let jobs = folder.join("jobs");
    std::fs::create_dir_all(&jobs).map_err(cannot("create", &jobs))?;
    let (mut ninja, mut units) = (RULES.to_owned(), String::new());
    for (position, job) in plan.jobs.iter().enumerate() {
        write_whole(&jobs.join(format!("{position:04}.job")), job)?;
        let _ = writeln!(ninja, "build units/{position:04}.unit: compile-unit jobs/{position:04}.job");
        let _ = write!(units, " units/{position:04}.unit");
    }
    remove_further(&jobs, plan.jobs.len())?;
    write_whole(&folder.join("link.plan"), &plan.link)?;
    let name = escaped(name);
    let _ = writeln!(ninja, "build {name}: link-units link.plan{units}\ndefault {name}");
    // Last: it says that the rest is there.
    write_whole(&folder.join("build.ninja"), ninja.as_bytes())?;
    Ok(plan.link.len() + ninja.len() + plan.jobs.iter().map(Vec::len).sum::<usize>())
}

/// `compile-unit`
pub fn compile_unit(arguments: &CompileUnitArguments) -> Result<(), Failure> {
    let output = Output::prepare(&arguments.output)?;
    let unit = build_plan::compile_unit(&tool::identity(), &read(&arguments.job)?);
    output.write(&unit.map_err(of_file(&arguments.job))?)
}

/// `link-units`
pub fn link_units(arguments: &LinkUnitsArguments) -> Result<(), Failure> {
    let output = Output::prepare(&arguments.output)?;
    let units = arguments.units.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let linked = build_plan::link_units(&tool::identity(), &read(&arguments.plan)?, &units, &Silent);
    output.write(&linked.map_err(of_file(&arguments.plan))?)
}

/// Jobs of an earlier plan in the same place that had more of them.
fn remove_further(jobs: &Path, number: usize) -> Result<(), Failure> {
    let further = (number..).map(|position| jobs.join(format!("{position:04}.job")));
    for job in further.take_while(|job| job.exists()) {
        std::fs::remove_file(&job).map_err(cannot("delete", &job))?;
    }
    Ok(())
}

/// A path as Ninja reads it.
fn escaped(name: &str) -> String {
    name.chars()
        .flat_map(|letter| ['$', ' ', ':'].contains(&letter).then_some('$').into_iter().chain([letter]))
        .collect()
}

fn read(path: &PathBuf) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(cannot("read", path))
}

fn cannot(verb: &'static str, path: &Path) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::new(format!("cannot {verb} {}: {error}", path.display()))
}

fn of_file(path: &Path) -> impl Fn(wasmwright_compiler::Error) -> Failure {
    move |error| Failure::new(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_escaped_for_ninja() {
        assert_eq!(super::escaped("a b:c$d"), "a$ b$:c$$d");
    }
}
