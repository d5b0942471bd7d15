//! `compile`: a module in, one artifact out, whole or not at all.

use crate::args::{CacheOptions, CompileArguments, Emit, MessageFormat};
use crate::depfile;
use crate::failure::Failure;
use crate::input::Input;
use crate::json::Message;
use crate::output::{Output, write_whole};
use crate::reporter::Reporter;
use crate::{resolve, tool};
use std::fmt::Display;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use wasmwright_compiler::progress::Progress;
use wasmwright_compiler::requirements;
use wasmwright_compiler::target::Target;
use wasmwright_compiler::{Artifact, Compiler, Options, UnitCache, build_plan};

/// Compiles.
pub fn execute(arguments: &CompileArguments) -> Result<(), Failure> {
    let mut options = resolve::compile_options(arguments)?;
    let output_path = resolve::output_path(arguments)?;
    let dependency_path = resolve::dependency_path(arguments, &output_path)?;
    if arguments.emit == Emit::BuildPlan {
        return plan(arguments, &options, &output_path, dependency_path.as_deref());
    }
    let output = Output::prepare(&output_path)?;
    check(arguments, &output)?;
    let listing = output.path().filter(|_| arguments.debug).map(|path| path.with_added_extension("wat"));
    // Debuggers look for it from anywhere.
    options.listing = listing.as_ref().and_then(|path| std::path::absolute(path).ok());
    let input = Input::read(&arguments.file)?.with_files(&arguments.code)?;

    let reporter = Reporter::new(&arguments.code, arguments.message_format);
    let (size_bytes, target) = (input.bytes.len(), &options.target);
    reporter.note(&format!("{}: {size_bytes} bytes, for {} {}", input.display, target.triple(), target.cpu));
    let header_target = (target.is_object_only() && arguments.emit == Emit::Obj).then(|| target.clone());
    let compiled = compiler(options, &arguments.cache).compile_program(&input.modules()?, &reporter);
    reporter.finish()?;
    let artifact = compiled.map_err(|error| Failure::Compile { file: input.display, error })?;

    output.write(&artifact)?;
    reporter.note(&format!("wrote {} ({} bytes)", output_path.display(), artifact.bytes().len()));
    if let Some(text) = artifact.header() {
        let path = resolve::header_path(arguments, &output_path)?;
        write_whole(&path, text.as_bytes())?;
        reporter.note(&format!("wrote {}", path.display()));
    }
    if let (Some(target), Some(path)) = (header_target, output.path()) {
        write_header(&artifact, &target, &input.stem, &path.with_extension("h"), &reporter)?;
    }
    if let (Some(text), Some(path)) = (artifact.listing(), listing) {
        write_whole(&path, text.as_bytes())?;
        reporter.note(&format!("wrote {}: what debuggers show as the source", path.display()));
    }
    if let Some(path) = dependency_path {
        write_dependencies(arguments, &output_path, &path)?;
    }
    tell(arguments, output.path(), artifact.bytes().len());
    Ok(())
}

/// The compiler, which keeps units in the cache if there is one.
pub fn compiler(options: Options, cache: &CacheOptions) -> Compiler {
    let compiler = Compiler::new(options);
    match super::cache::open(cache) {
        Some(cache) => compiler.with_unit_cache(UnitCache::new(cache.units(), tool::identity())),
        None => compiler,
    }
}

/// Writes what others are to execute.
fn plan(
    arguments: &CompileArguments,
    options: &Options,
    folder: &Path,
    dependency_path: Option<&Path>,
) -> Result<(), Failure> {
    if folder == Path::new("-") || folder.is_file() {
        return Err(Failure::Usage("a build plan is a directory: name one with -o".into()));
    }
    let input = Input::read(&arguments.file)?.with_files(&arguments.code)?;
    let reporter = Reporter::new(&arguments.code, arguments.message_format);
    let plan = build_plan::plan(&tool::identity(), options, &input.modules()?, &reporter);
    reporter.finish()?;
    let plan = plan.map_err(|error| Failure::Compile { file: input.display, error })?;
    let size_bytes = super::build_plan::write(&plan, folder, &input.stem)?;
    reporter.note(&format!("wrote {} ({} units)", folder.display(), plan.jobs.len()));
    if let Some(path) = dependency_path {
        write_dependencies(arguments, folder, path)?;
    }
    tell(arguments, Some(folder), size_bytes);
    Ok(())
}

/// Tells programs of the output.
fn tell(arguments: &CompileArguments, path: Option<&Path>, size_bytes: usize) {
    if arguments.message_format == MessageFormat::Json {
        let path = path.map(|path| path.to_string_lossy());
        Message::Artifact { path: path.as_deref(), emit: arguments.emit.name(), size_bytes }.print();
    }
}

/// Refuses what nobody means.
fn check(arguments: &CompileArguments, output: &Output) -> Result<(), Failure> {
    if let Output::Standard = output
        && resolve::is_binary(arguments.emit)
        && std::io::stdout().is_terminal()
    {
        return Err(Failure::new("not writing binary data to a terminal; name a file with -o"));
    }
    let same = |path: &Path| path.canonicalize().ok().zip(Path::new(&arguments.file).canonicalize().ok());
    if let Output::File(path) = output
        && same(path).is_some_and(|(output, input)| output == input)
    {
        return Err(Failure::new(format!(
            "{} is the module itself; name another output with -o",
            path.display()
        )));
    }
    Ok(())
}

/// Says in a C header what an object needs that we do not link.
fn write_header(
    artifact: &Artifact,
    target: &Target,
    module: &str,
    path: &Path,
    reporter: &Reporter,
) -> Result<(), Failure> {
    let failed = |error: &dyn Display| Failure::new(format!("cannot write {}: {error}", path.display()));
    let text = requirements::header(artifact.bytes(), target, module).map_err(|error| failed(&error))?;
    write_whole(path, text.as_bytes())?;
    reporter.note(&format!("wrote {}: what the object needs of whoever links it", path.display()));
    Ok(())
}

fn write_dependencies(arguments: &CompileArguments, output: &Path, path: &Path) -> Result<(), Failure> {
    let module = (arguments.file != "-").then(|| Path::new(&arguments.file));
    let linked = arguments.code.links.iter().map(|link| link.file.as_path());
    let objects = arguments.objects.iter().map(PathBuf::as_path);
    let inputs: Vec<&Path> =
        module.into_iter().chain(objects).chain(linked).chain(arguments.code.debug_file.as_deref()).collect();
    write_whole(path, depfile::rule(output, &inputs).as_bytes())
}
