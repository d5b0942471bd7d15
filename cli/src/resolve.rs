//! From arguments as they were written to what is done: options of the compiler, the output's
//! place, threads.

use crate::args::{CodeArguments, CompileArguments, Emit, WasiProvider};
use crate::failure::Failure;
use crate::grants;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use wasmwright_compiler::Options;
use wasmwright_compiler::options::{
    self, Entry, Grants, HostObject, LibraryOptions, Linker, Profile, RecordedProfile,
};
use wasmwright_compiler::target::Target;

/// Options of `compile`.
pub fn compile_options(arguments: &CompileArguments) -> Result<Options, Failure> {
    let target = match &arguments.target {
        Some(name) => Target::parse(name).map_err(|error| Failure::Usage(error.to_string()))?,
        None => Target::host(),
    };
    let mut options = code_options(&arguments.code, target, grants::resolve(&arguments.grants))?;
    options.emit = arguments.emit.into();
    options.strip = arguments.strip;
    options.debug = arguments.debug;
    options.debugger = arguments.debugger.into();
    check_library(arguments, &options)?;
    options.host_objects = host_objects(&arguments.objects)?;
    let output = output_path(arguments)?;
    // A program has the name of its module, so that its header, which is made first, has it, too.
    let of_output = || library_name(&output).filter(|_| options.is_library());
    options.library = LibraryOptions {
        name: arguments.prefix.clone().or_else(of_output),
        soname: output
            .file_name()
            .and_then(|name| name.to_str())
            .filter(|name| *name != "-")
            .map(str::to_owned),
        wasi_from_host: arguments.wasi == WasiProvider::Host,
        no_signals: arguments.no_signals,
        interruptible: arguments.interruptible,
    };
    Ok(options)
}

/// Refuses what only libraries have, and what only programs have.
fn check_library(arguments: &CompileArguments, options: &Options) -> Result<(), Failure> {
    let refused = |option: &str, why: &str| Err(Failure::Usage(format!("{option} is for {why}")));
    if options.is_library() {
        return match options.grants == Grants::default() {
            true => Ok(()),
            false => {
                refused("what grants something", "programs: the host of a library says what an instance gets")
            }
        };
    }
    check_fuel(&arguments.code)?;
    match arguments {
        CompileArguments { header: Some(_), .. } => {
            refused("--header", "libraries (--emit shared or static-lib); --emit header is for programs")
        }
        CompileArguments { prefix: Some(_), objects, .. }
            if objects.is_empty() && options.emit != options::Emit::Header =>
        {
            refused("--prefix", "libraries (--emit shared or static-lib), and programs with objects")
        }
        CompileArguments { wasi: WasiProvider::Host, .. } => {
            refused("--wasi", "libraries (--emit shared or static-lib)")
        }
        CompileArguments { interruptible: true, .. } => {
            refused("--interruptible", "libraries: signals end a program, or its --fuel")
        }
        CompileArguments { no_signals: true, .. } => {
            refused("--no-signals", "libraries: programs find the end of their stack by a signal")
        }
        _ => Ok(()),
    }
}

/// Reads what is linked with a program.
pub fn host_objects(paths: &[PathBuf]) -> Result<Vec<HostObject>, Failure> {
    let read = |path: &PathBuf| {
        let content = std::fs::read(path)
            .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
        Ok(HostObject { name: path.display().to_string(), content: content.into() })
    };
    paths.iter().map(read).collect()
}

/// Refuses a program that nothing says the fuel of.
pub fn check_fuel(arguments: &CodeArguments) -> Result<(), Failure> {
    match arguments.fuel {
        Some(None) => Err(Failure::Usage("say how much fuel a program has, as in --fuel=1000000".into())),
        _ => Ok(()),
    }
}

/// The name of a file without `lib` and ending.
fn library_name(output: &Path) -> Option<String> {
    let stem = output.file_stem()?.to_str().filter(|stem| *stem != "-")?;
    Some(stem.strip_prefix("lib").filter(|rest| !rest.is_empty()).unwrap_or(stem).to_owned())
}

/// The path of a library's header: `--header`, or beside the output.
pub fn header_path(arguments: &CompileArguments, output: &Path) -> Result<PathBuf, Failure> {
    let beside = || library_name(output).map(|name| output.with_file_name(name).with_added_extension("h"));
    arguments.header.clone().or_else(beside).ok_or_else(|| {
        Failure::Usage("name the header with --header: the output has no name to take it from".into())
    })
}

/// Options that `compile` and `run` share.
pub fn code_options(arguments: &CodeArguments, target: Target, grants: Grants) -> Result<Options, Failure> {
    let target = with_cpu(target, arguments.target_cpu.as_deref())?;
    let target = with_features(target, arguments.target_features.as_deref())?;
    let defaults = Options::default();
    Ok(Options {
        target,
        optimization: arguments.optimization.into(),
        bounds_checks: arguments.bounds_checks.into(),
        relaxed_simd: arguments.relaxed_simd.into(),
        trap_info: arguments.trap_info.into(),
        profile: profile(arguments)?,
        entry: arguments.invoke.clone().map_or(Entry::Default, Entry::Invoke),
        unknown_imports: arguments.unknown_imports.into(),
        grants,
        stack_bytes: arguments.stack_size.map(|size| size.bytes),
        maximum_memory_bytes: arguments.max_memory.map(|size| size.bytes),
        fuel: arguments.fuel.map(Option::unwrap_or_default),
        linker: arguments.linker.clone().map_or(Linker::Embedded, Linker::External),
        jobs: arguments.jobs,
        ..defaults
    })
}

/// What `--profile-generate` and `--profile-use` say.
fn profile(arguments: &CodeArguments) -> Result<Profile, Failure> {
    match (&arguments.profile_generate, &arguments.profile_use) {
        (Some(file), _) => Ok(Profile::Generate { file: file.clone() }),
        (None, Some(path)) => {
            let bytes = std::fs::read(path).map_err(|error| {
                Failure::new(format!("cannot read the profile {}: {error}", path.display()))
            })?;
            Ok(Profile::Use(RecordedProfile::new(bytes)))
        }
        (None, None) => Ok(Profile::None),
    }
}

/// The target with that CPU: one that LLVM knows, or `native`, the one that we run on.
fn with_cpu(target: Target, cpu: Option<&str>) -> Result<Target, Failure> {
    let name = target.triple();
    match cpu {
        None => Ok(target),
        Some("native") if target.is_host_architecture() => Ok(Target::native()),
        Some("native") => {
            Err(Failure::Usage(format!("--target-cpu native is this machine's, which is no {name}")))
        }
        Some(cpu) if Target::knows_cpu(target.architecture, cpu) => {
            Ok(Target { cpu: cpu.to_owned(), ..target })
        }
        Some(cpu) => Err(Failure::Usage(format!(
            "unknown CPU `{cpu}` for {name}; names are LLVM's, as {} or native",
            target.cpu
        ))),
    }
}

/// The target with those features besides its CPU's.
fn with_features(target: Target, features: Option<&str>) -> Result<Target, Failure> {
    let Some(features) = features else { return Ok(target) };
    let is_unknown =
        |feature: &&str| !Target::knows_feature(target.architecture, feature.trim_start_matches(['+', '-']));
    if let Some(feature) = features.split(',').find(is_unknown) {
        let name = target.triple();
        return Err(Failure::Usage(format!("unknown feature `{feature}` of --target-features for {name}")));
    }
    let separator = if target.features.is_empty() { "" } else { "," };
    Ok(Target { features: format!("{}{separator}{features}", target.features), ..target })
}

/// The path that `-o` names, or the module's without its ending, here.
pub fn output_path(arguments: &CompileArguments) -> Result<PathBuf, Failure> {
    if let Some(path) = &arguments.output {
        return Ok(path.clone());
    }
    let from_standard_input = arguments.file == "-";
    match Path::new(&arguments.file).file_stem() {
        Some(stem) if !from_standard_input => {
            let mut name = OsString::from(if matches!(arguments.emit, Emit::Shared | Emit::StaticLib) {
                "lib"
            } else {
                ""
            });
            name.push(stem);
            Ok(Path::new(&name).with_added_extension(arguments.emit.extension()))
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
    !matches!(emit, Emit::Asm | Emit::LlvmIr | Emit::Header)
}
