//! From arguments as they were written to what is done: options of the compiler, the output's
//! place, threads.

use crate::args::{CodeArguments, CompileArguments, Emit};
use crate::failure::Failure;
use crate::grants;
use std::path::{Path, PathBuf};
use wasmwright_compiler::Options;
use wasmwright_compiler::options::{Entry, Grants, Linker};
use wasmwright_compiler::target::Target;

/// Options of `compile`.
pub fn compile_options(arguments: &CompileArguments) -> Result<Options, Failure> {
    let target = match &arguments.target {
        Some(name) => Target::parse(name).map_err(|error| Failure::Usage(error.to_string()))?,
        None => Target::host(),
    };
    let mut options = code_options(&arguments.code, target, grants::resolve(&arguments.grants));
    options.emit = arguments.emit.into();
    options.strip = arguments.strip;
    Ok(options)
}

/// Options that `compile` and `run` share.
pub fn code_options(arguments: &CodeArguments, mut target: Target, grants: Grants) -> Options {
    if let Some(cpu) = &arguments.target_cpu {
        target.cpu.clone_from(cpu);
    }
    if let Some(features) = &arguments.target_features {
        target.features.clone_from(features);
    }
    let defaults = Options::default();
    Options {
        target,
        optimization: arguments.optimization.into(),
        bounds_checks: arguments.bounds_checks.into(),
        entry: arguments.invoke.clone().map_or(Entry::Default, Entry::Invoke),
        unknown_imports: arguments.unknown_imports.into(),
        grants,
        stack_bytes: arguments.stack_size.map_or(defaults.stack_bytes, |size| size.bytes),
        maximum_memory_bytes: arguments.max_memory.map(|size| size.bytes),
        linker: arguments.linker.clone().map_or(Linker::Embedded, Linker::External),
        jobs: arguments.jobs,
        ..defaults
    }
}

/// The path that `-o` names, or the module's without its ending, here.
pub fn output_path(arguments: &CompileArguments) -> Result<PathBuf, Failure> {
    if let Some(path) = &arguments.output {
        return Ok(path.clone());
    }
    let from_standard_input = arguments.file == "-";
    match Path::new(&arguments.file).file_stem() {
        Some(stem) if !from_standard_input => {
            Ok(Path::new(stem).with_added_extension(arguments.emit.extension()))
        }
        _ => Err(Failure::Usage("name the output with -o OUT: there is no file name to take it from".into())),
    }
}

/// The path of the dependency file, if one is wanted: `--depfile`, or OUT.d for `-MD`.
pub fn dependency_path(arguments: &CompileArguments, output: &Path) -> Result<Option<PathBuf>, Failure> {
    let wanted = arguments.depfile.is_some() || arguments.make_dependencies.is_some();
    if wanted && output == Path::new("-") {
        return Err(Failure::Usage("a dependency file needs an output with a name: use -o OUT".into()));
    }
    let beside = || arguments.make_dependencies.as_ref().map(|_| output.with_added_extension("d"));
    Ok(arguments.depfile.clone().or_else(beside))
}

/// Whether an output is bytes, not text.
pub fn is_binary(emit: Emit) -> bool {
    !matches!(emit, Emit::Asm | Emit::LlvmIr)
}
