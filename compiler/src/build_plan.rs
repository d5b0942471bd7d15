//! A compilation cut into commands that whoever likes may execute, anywhere and in any order.
//!
//! A [`BuildPlan`] has a job for each codegen unit, which [`compile_unit`] turns into a compiled
//! unit, and a link plan, which [`link_units`] turns into the artifact together with all of those.
//! Each is a function of bytes alone. Files of another build of this tool, damaged ones and units
//! of another plan are refused.

use crate::backend::{self, Emitted, UnitJob};
use crate::driver::{Artifact, Compiler, in_pool};
use crate::error::{Error, Result};
use crate::options::Options;
use crate::program::ModuleInput;
use crate::progress::Progress;
use crate::{bytes, debuginfo, units};
use inkwell::context::Context;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Files of a plan begin with one of these; they change with the form of the files.
const JOB_MARK: &[u8; 8] = b"wwjob001";
const UNIT_MARK: &[u8; 8] = b"wwunit01";
const LINK_MARK: &[u8; 8] = b"wwlink01";

type Sum = [u8; 32];

/// The files of a plan.
#[derive(Clone, Debug)]
pub struct BuildPlan {
    /// For each unit what [`compile_unit`] takes.
    pub jobs: Vec<Vec<u8>>,
    /// What [`link_units`] takes.
    pub link: Vec<u8>,
}

/// What is left to do when the units are compiled.
#[derive(Serialize, Deserialize)]
struct LinkPlan<'a> {
    options: Options,
    modules: Vec<ModuleInput<'a>>,
    /// Which jobs the units come from, in the order of the units.
    jobs: Vec<Sum>,
}

/// A compiled unit.
#[derive(Serialize, Deserialize)]
struct CompiledUnit {
    /// The job it comes from.
    job: Sum,
    emitted: Emitted,
}

/// Translates modules and plans the rest. `tool` is told from others as for
/// [`Key::new`](crate::cache::Key::new).
pub fn plan(
    tool: &str,
    options: &Options,
    modules: &[ModuleInput<'_>],
    progress: &dyn Progress,
) -> Result<BuildPlan> {
    let jobs = Compiler::new(options.clone()).with_program(modules, progress, |program| {
        let source = debuginfo::read(program, progress);
        units::translate(program, &source.modules, progress)
    })?;
    let jobs: Vec<Vec<u8>> = jobs.iter().map(|job| seal(JOB_MARK, tool, &bytes::of(job))).collect();
    let sums = jobs.iter().map(|job| sum(job)).collect();
    let link = LinkPlan { options: options.clone(), modules: modules.to_vec(), jobs: sums };
    Ok(BuildPlan { jobs, link: seal(LINK_MARK, tool, &bytes::of(&link)) })
}

/// A job → a compiled unit.
pub fn compile_unit(tool: &str, job: &[u8]) -> Result<Artifact> {
    let content = bytes::read::<UnitJob>(open(JOB_MARK, "job", tool, job)?)?;
    let compile = || backend::emit(content.read(&Context::create())?);
    let emitted = in_pool(std::num::NonZero::new(1), compile)?;
    Ok(Artifact::data(seal(UNIT_MARK, tool, &bytes::of(&CompiledUnit { job: sum(job), emitted }))))
}

/// A link plan and the units of all its jobs, in any order → the artifact.
pub fn link_units(tool: &str, plan: &[u8], units: &[Vec<u8>], progress: &dyn Progress) -> Result<Artifact> {
    let plan: LinkPlan<'_> = bytes::read(open(LINK_MARK, "link plan", tool, plan)?)?;
    let mut compiled = Vec::new();
    for unit in units {
        compiled.push(bytes::read::<CompiledUnit>(open(UNIT_MARK, "compiled unit", tool, unit)?)?);
    }
    let find = |job: &Sum| {
        let unit = compiled.iter().find(|unit| unit.job == *job);
        unit.map(|unit| unit.emitted.clone()).ok_or_else(|| {
            Error::Option(
                "a unit of the plan is missing, or was compiled from another plan: build it again".into(),
            )
        })
    };
    let units = plan.jobs.iter().map(find).collect::<Result<Vec<_>>>()?;
    Compiler::new(plan.options).link_units(&plan.modules, units, progress)
}

fn sum(bytes: &[u8]) -> Sum {
    Sha256::digest(bytes).into()
}

/// A file: its mark, the sum of what follows, the tool's length and name, the content.
fn seal(mark: &[u8; 8], tool: &str, content: &[u8]) -> Vec<u8> {
    let mut body = bytes::of(tool);
    body.extend(content);
    [mark, &sum(&body)[..], &body].concat()
}

/// The content of a file.
fn open<'a>(mark: &[u8; 8], kind: &str, tool: &str, file: &'a [u8]) -> Result<&'a [u8]> {
    let refused = |why: String| Err(Error::Option(why));
    let Some((rest, true)) = file.split_at_checked(mark.len()).map(|(begin, rest)| (rest, begin == mark))
    else {
        return refused(format!("this is no {kind} of a build plan"));
    };
    let Some((_, body)) = rest.split_at_checked(32).filter(|(stated, body)| sum(body) == **stated) else {
        return refused(format!("this {kind} is damaged: build it again"));
    };
    match postcard::take_from_bytes::<&str>(body) {
        Ok((maker, content)) if maker == tool => Ok(content),
        Ok((maker, _)) => {
            refused(format!("this {kind} was made by `{maker}`, and this is `{tool}`: plan the build again"))
        }
        Err(_) => refused(format!("this {kind} is damaged: build it again")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    #[test]
    fn a_plan_is_for_the_tool_that_made_it() {
        let module = ModuleInput::new("m", &b"(module (func (export \"_start\")))"[..]);
        let plan = plan("one", &Options::default(), &[module], &Silent).unwrap();
        let unit = compile_unit("one", &plan.jobs[0]).unwrap();
        assert!(link_units("one", &plan.link, &[unit.bytes().to_vec()], &Silent).is_ok());
        let refused = compile_unit("other", &plan.jobs[0]).unwrap_err().to_string();
        assert!(refused.contains("made by `one`") && refused.contains("this is `other`"), "{refused}");
        assert!(link_units("other", &plan.link, &[unit.bytes().to_vec()], &Silent).is_err());
    }
}
