//! Codegen units → what the backend makes of them: in parallel, and through a cache if there is one.
//!
//! A translated unit holds all that its code depends on, so a hash of its bytes is a key: what an edit
//! of the module leaves as it was for a unit, wherever that moved, is not compiled again. Where nothing
//! is cached no bytes are written.

use crate::backend::{self, Emitted, Form, LeftOut, Settings, Tells, TranslatedUnit, UnitJob};
use crate::cache::{Cache, Key};
use crate::debuginfo::DebugInfo;
use crate::error::Result;
use crate::frontend::index::DefinedFuncIndex;
use crate::options::{Emit, Optimization, TrapInfo};
use crate::plan::{CodegenUnit, DataForm, Effort, ProgramPlan, symbols};
use crate::progress::{Progress, Stage};
use crate::{bytes, metadata, translate};
use inkwell::context::Context;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Where compiled units are kept.
#[derive(Clone, Debug)]
pub struct UnitCache {
    cache: Cache,
    tool: String,
}

impl UnitCache {
    /// Units in `cache`, as `tool` compiles them; see [`Key::new`].
    pub fn new(cache: Cache, tool: impl Into<String>) -> Self {
        Self { cache, tool: tool.into() }
    }

    /// A unit from the cache. A cache that does not work is as good as an empty one.
    fn find(&self, key: &Key) -> Option<Emitted> {
        bytes::read(&self.cache.read(key).ok().flatten()?).ok()
    }
}

/// Translates, optimises and emits all units, the largest first, and returns them in their order.
/// `debug` is what debuggers are told of each module, if they are.
pub fn compile(
    program: &ProgramPlan<'_>,
    debug: &[DebugInfo],
    cache: Option<&UnitCache>,
    progress: &dyn Progress,
) -> Result<Vec<Emitted>> {
    let cache = cache.filter(|_| form(program.emit) == Form::Object);
    tell_large(program, progress);
    let compiled = AtomicUsize::new(0);
    let units = for_each(program, progress, |unit| {
        let context = Context::create();
        let translated = translate_unit(program, debug, unit, &context, progress)?;
        let key = cache.map(|cache| Key::of_unit(&cache.tool, &bytes::of(&translated.to_job())));
        let emit = || timed(progress, "emit", program, unit, || backend::emit(translated));
        let Some((cache, key)) = cache.zip(key) else { return emit() };
        if let Some(found) = cache.find(&key) {
            return Ok(found);
        }
        compiled.fetch_add(1, Ordering::Relaxed);
        let emitted = emit()?;
        if let Err(error) = cache.cache.store(&key, &bytes::of(&emitted)) {
            progress.note(&format!("a unit is not cached: {error}"));
        }
        Ok(emitted)
    })?;
    if let Some(cache) = cache {
        let compiled = compiled.into_inner();
        progress.note(&format!("{compiled} of {} units compiled, the others were cached", units.len()));
        if compiled > 0 {
            cache.cache.trim().unwrap_or_else(|error| progress.note(&error.to_string()));
        }
    }
    Ok(units)
}

/// Says which functions are too large for all that the level asks for.
fn tell_large(program: &ProgramPlan<'_>, progress: &dyn Progress) {
    let is_large =
        |unit: &&CodegenUnit| unit.effort != Effort::Full && program.optimization != Optimization::O0;
    for part in program.units.iter().filter(is_large).flat_map(|unit| &unit.parts) {
        let parsed = &program.modules[part.module].parsed;
        let efforts =
            part.functions.clone().map(DefinedFuncIndex::from).map(|body| (body, Effort::of(parsed, body)));
        for (body, effort) in efforts.filter(|(_, effort)| *effort != Effort::Full) {
            let index = parsed.function_of(body);
            let name = parsed.function_names.get(&index).map(|name| format!(" ({name})")).unwrap_or_default();
            let bytes = parsed.bodies[body.index()].bytes.len();
            progress.note(&format!(
                "function {}{name} has {bytes} bytes of code: {}",
                index.0,
                match effort {
                    Effort::Least => "it is optimised little, and its instructions are chosen as at -O0",
                    _ => "passes that may take long for it are left out",
                }
            ));
        }
    }
}

/// Translates all units and does no more, for a build plan.
pub fn translate(
    program: &ProgramPlan<'_>,
    debug: &[DebugInfo],
    progress: &dyn Progress,
) -> Result<Vec<UnitJob>> {
    for_each(program, progress, |unit| {
        let context = Context::create();
        Ok(translate_unit(program, debug, unit, &context, progress)?.to_job())
    })
}

/// Does something for a unit and tells how long it took.
fn timed<T>(
    progress: &dyn Progress,
    what: &str,
    program: &ProgramPlan<'_>,
    unit: &CodegenUnit,
    work: impl FnOnce() -> T,
) -> T {
    let start = Instant::now();
    let done = work();
    let part = &unit.parts[0];
    progress.part(&format!("{what} {}.{}", program.modules[part.module].name, part.index), start);
    done
}

/// One result for each unit, in their order.
fn for_each<T: Send>(
    program: &ProgramPlan<'_>,
    progress: &dyn Progress,
    make: impl Fn(&CodegenUnit) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let mut order: Vec<usize> = (0..program.units.len()).collect();
    order.sort_by_key(|&unit| std::cmp::Reverse(program.units[unit].code_bytes));
    let make_one = |position: usize| {
        let unit = &program.units[position];
        let made = make(unit)?;
        progress.advance(Stage::Compile, unit.code_bytes as u64 + 1);
        Ok((position, made))
    };
    // One unit after the other from the queue: a worker that has a large one takes no more.
    let made: Vec<Result<(usize, T)>> = order.into_par_iter().with_max_len(1).map(make_one).collect();
    let mut units = made.into_iter().collect::<Result<Vec<_>>>()?;
    units.sort_by_key(|&(position, _)| position);
    Ok(units.into_iter().map(|(_, made)| made).collect())
}

/// All that the backend needs of a unit. `debug` is there for each module, or for none.
fn translate_unit<'c>(
    program: &ProgramPlan<'_>,
    debug: &[DebugInfo],
    unit: &CodegenUnit,
    context: &'c Context,
    progress: &dyn Progress,
) -> Result<TranslatedUnit<'c>> {
    let module = unit.parts[0].module;
    let debug = debug.get(module);
    timed(progress, "translate", program, unit, || {
        let translated = translate::translate(program, debug, unit, context)?;
        if program.data == DataForm::InUnit {
            translated.add_assembly(&metadata::assembly(program));
        }
        let tells = Tells { traps: program.trap_info != TrapInfo::None, debuggers: debug.is_some() };
        Ok(TranslatedUnit {
            settings: settings(program, unit, tells),
            record: debug.map(|_| symbols::instance(module)),
            unit: translated,
        })
    })
}

fn settings(program: &ProgramPlan<'_>, unit: &CodegenUnit, tells: Tells) -> Settings {
    Settings {
        target: program.target.clone(),
        optimization: program.optimization,
        code_generation: match unit.effort {
            Effort::Least => Optimization::O0,
            Effort::Full | Effort::Bounded => program.optimization,
        },
        left_out: match unit.effort {
            Effort::Full => LeftOut::Nothing,
            Effort::Bounded => LeftOut::Searches,
            Effort::Least => LeftOut::Most,
        },
        room_above_bytes: program.widening_room.above_bytes,
        room_below_bytes: program.widening_room.below_bytes,
        profile: program.profile.clone(),
        form: form(program.emit),
        tells,
    }
}

fn form(emit: Emit) -> Form {
    match emit {
        Emit::Assembly => Form::Assembly,
        Emit::LlvmIr => Form::LlvmIr,
        Emit::LlvmBitcode => Form::LlvmBitcode,
        Emit::Executable | Emit::Shared | Emit::Static | Emit::Object | Emit::Header => Form::Object,
    }
}
