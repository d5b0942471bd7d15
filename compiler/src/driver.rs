//! The pipeline: reads as the list of stages.

use crate::backend::Emitted;
use crate::code_map::CodeMap;
use crate::error::{Error, Result};
use crate::frontend::ParsedModule;
use crate::host_objects::is_archive;
use crate::link::{LinkKind, LinkRequest, NamedObject, RuntimeKind};
use crate::options::{Emit, Options, Runtime};
use crate::plan::{DataForm, LibraryPlan, ProgramPlan, Unwinding};
use crate::program::ModuleInput;
use crate::progress::{Progress, Stage};
use crate::units::{self, UnitCache};
use crate::{debuginfo, frontend, header, host_objects, link, metadata, plan, profile};
use std::borrow::Cow;
use std::fs::Permissions;
use std::io::Write;
use std::num::NonZero;
use std::os::unix::fs::PermissionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use wasmwright_abi::script;

/// Stack of a worker: LLVM's passes recurse over the structure of a function. Only what is used
/// of it costs memory.
const WORKER_STACK_BYTES: usize = 256 << 20;

/// Compiles modules under one set of options.
///
/// A program, and a library with its header:
///
/// ```
/// use wasmwright_compiler::options::Emit;
/// use wasmwright_compiler::{Compiler, Options};
///
/// let module = br#"(module (func (export "twice") (param i32) (result i32)
///     (i32.mul (local.get 0) (i32.const 2))))"#;
/// let folder = tempfile::tempdir()?;
///
/// let program = Compiler::new(Options::default()).compile("m", module)?;
/// program.write(&folder.path().join("m"))?;
///
/// let options = Options { emit: Emit::Shared, ..Options::default() };
/// let library = Compiler::new(options).compile("m", module)?;
/// library.write(&folder.path().join("libm.so"))?;
/// assert!(library.header().unwrap().contains("wasmwright_trap_t m_twice("));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What is wrong with a module is an [`Error`] that says where:
///
/// ```
/// # use wasmwright_compiler::{Compiler, Options};
/// let error = Compiler::new(Options::default()).compile("m", b"\0asm\x01\0\0\0\x63").unwrap_err();
/// assert!(error.to_string().contains("offset"), "{error}");
/// ```
#[derive(Clone, Debug)]
pub struct Compiler {
    options: Options,
    units: Option<UnitCache>,
}

impl Compiler {
    /// A compiler with these options.
    pub fn new(options: Options) -> Self {
        Self { options, units: None }
    }

    /// The same, which takes compiled units from a cache and puts them there.
    pub fn with_unit_cache(self, units: UnitCache) -> Self {
        Self { units: Some(units), ..self }
    }

    /// Compiles one module, binary or text.
    pub fn compile(&self, name: &str, bytes: &[u8]) -> Result<Artifact> {
        self.compile_program(&[ModuleInput::new(name, bytes)], &crate::progress::Silent)
    }

    /// Whether the modules are valid, use only what is compiled, and fit one another: all that can
    /// be known without compiling them.
    pub fn check_program(&self, modules: &[ModuleInput<'_>]) -> Result<()> {
        let binaries =
            modules.iter().map(|module| frontend::to_binary(&module.bytes)).collect::<Result<Vec<_>>>()?;
        let parsed = binaries.iter().map(|binary| frontend::parse(binary)).collect::<Result<Vec<_>>>()?;
        plan::plan(modules, parsed, &self.options).map(drop)
    }

    /// Compiles modules that are linked with one another into one artifact.
    pub fn compile_program(&self, modules: &[ModuleInput<'_>], progress: &dyn Progress) -> Result<Artifact> {
        self.with_program(modules, progress, |program| {
            if program.emit == Emit::Header {
                let header = header::of_program(program).unwrap_or_default();
                return Ok(Artifact::data(header.into_bytes()));
            }
            let code = program.units.iter().map(|unit| unit.code_bytes as u64 + 1).sum();
            let source = debuginfo::read(program, progress);
            let (debug, cache) = (&source.modules, self.units.as_ref());
            let compile = || units::compile(program, debug, cache, progress);
            let units = staged(progress, Stage::Compile, code, compile)?;
            self.finish(program, units, source.listing, progress)
        })
    }

    /// What is left when the units have been compiled elsewhere.
    pub(crate) fn link_units(
        &self,
        modules: &[ModuleInput<'_>],
        units: Vec<Emitted>,
        progress: &dyn Progress,
    ) -> Result<Artifact> {
        self.with_program(modules, progress, |program| self.finish(program, units, None, progress))
    }

    /// Parses and plans, then goes on.
    pub(crate) fn with_program<T: Send>(
        &self,
        modules: &[ModuleInput<'_>],
        progress: &dyn Progress,
        go_on: impl FnOnce(&ProgramPlan<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        let options = &self.options;
        in_pool(options.jobs, || {
            let named = |error: Error, module: &ModuleInput<'_>| match modules.len() {
                1 => error,
                _ => error.in_module(&module.name),
            };
            let binaries = modules
                .iter()
                .map(|module| frontend::to_binary(&module.bytes).map_err(|error| named(error, module)))
                .collect::<Result<Vec<_>>>()?;
            profile::check(&options.profile)?;
            let size = binaries.iter().map(|binary| binary.len() as u64).sum();
            let parsed = staged(progress, Stage::Parse, size, || {
                let parse = |(binary, module)| {
                    let parsed = frontend::parse(binary).map_err(|error| named(error, module))?;
                    Ok(with_debug_file(parsed, module, progress))
                };
                binaries.iter().map(Cow::as_ref).zip(modules).map(parse).collect::<Result<Vec<_>>>()
            })?;
            let program = staged(progress, Stage::Plan, 1, || plan::plan(modules, parsed, options))?;
            go_on(&program)
        })
    }

    fn finish(
        &self,
        program: &ProgramPlan<'_>,
        units: Vec<Emitted>,
        listing: Option<String>,
        progress: &dyn Progress,
    ) -> Result<Artifact> {
        profile::tell(&program.profile, &units, progress);
        match program.data {
            DataForm::Object => {}
            DataForm::InUnit | DataForm::None => return text_artifact(program.emit, units, listing),
        }
        let maps: Vec<&CodeMap> = units.iter().filter_map(|unit| unit.code_map.as_ref()).collect();
        let data = staged(progress, Stage::Metadata, 1, || metadata::write(program, &maps, progress))?;
        let options = &self.options;
        let bytes = staged(progress, Stage::Link, 1, || link_program(program, units, data, options))?;
        let executable = matches!(program.emit, Emit::Executable | Emit::Shared);
        let header = options.is_library().then(|| header::of_library(program)).flatten();
        Ok(Artifact { bytes, executable, listing, header })
    }
}

/// A module with what a file of its own says of its source. A broken one is a warning.
fn with_debug_file<'a>(
    mut parsed: ParsedModule<'a>,
    module: &'a ModuleInput<'_>,
    progress: &dyn Progress,
) -> ParsedModule<'a> {
    if let Some(file) = &module.debug_file
        && let Err(error) = parsed.read_debug_file(file)
    {
        let name = &module.name;
        progress
            .warning(&format!("the file with the debug information of module `{name}` is not used: {error}"));
    }
    parsed
}

/// Works on threads whose stacks LLVM's recursion fits in; a panic is an internal error.
pub(crate) fn in_pool<T: Send>(
    jobs: Option<NonZero<usize>>,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    let mut pool = rayon::ThreadPoolBuilder::new().stack_size(WORKER_STACK_BYTES);
    if let Some(jobs) = jobs {
        pool = pool.num_threads(jobs.get());
    }
    let pool = pool.build().map_err(|error| Error::internal(error.to_string()))?;
    let worked = catch_unwind(AssertUnwindSafe(|| pool.install(work)));
    worked.unwrap_or_else(|panic| Err(Error::internal(panic_message(&*panic))))
}

/// Runs a stage and tells about it.
fn staged<T>(progress: &dyn Progress, stage: Stage, work: u64, run: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    progress.begin(stage, work);
    let result = run();
    progress.end(stage, start.elapsed());
    result
}

fn text_artifact(emit: Emit, units: Vec<Emitted>, listing: Option<String>) -> Result<Artifact> {
    if units.len() > 1 && emit == Emit::LlvmBitcode {
        return Err(Error::Option("bitcode holds one module; this program has several".into()));
    }
    let bytes = units.into_iter().flat_map(|unit| unit.bytes).collect();
    Ok(Artifact { bytes, executable: false, listing, header: None })
}

fn link_program(
    program: &ProgramPlan<'_>,
    units: Vec<Emitted>,
    data: Vec<u8>,
    options: &Options,
) -> Result<Vec<u8>> {
    let named =
        |(position, unit): (usize, Emitted)| NamedObject::new(format!("unit{position}.o"), unit.bytes);
    let mut objects: Vec<NamedObject> = units.into_iter().enumerate().map(named).collect();
    objects.push(NamedObject::new("data.o", data));
    let (archives, host): (Vec<_>, Vec<_>) =
        options.host_objects.iter().partition(|object| is_archive(object.content.bytes()));
    objects.extend(host.into_iter().map(NamedObject::of_host));
    let archives: Vec<NamedObject> = archives.into_iter().map(NamedObject::of_host).collect();
    let unwind_index = program.unwinding == Unwinding::Tables;
    let mut runtime = runtime(program, options)?;
    if options.strip && !unwind_index {
        runtime = runtime.map(|archive| link::without_unwind_tables(&archive)).transpose()?;
    }
    let request = LinkRequest {
        architecture: program.target.architecture,
        kind: link_kind(program),
        linker: &options.linker,
        objects: &objects,
        runtime,
        archives: &archives,
        strip: options.strip,
        unwind_index,
    };
    let linked = link::link(&request);
    if options.host_objects.is_empty() { linked } else { linked.map_err(host_objects::explain) }
}

fn link_kind(program: &ProgramPlan<'_>) -> LinkKind {
    match program.emit {
        Emit::Shared => {
            let soname = program.library.as_ref().map_or("script.so", |library| &library.soname);
            LinkKind::SharedLibrary { soname: soname.to_owned(), exports: exports(program) }
        }
        Emit::Static => LinkKind::StaticLibrary { exports: exports(program) },
        Emit::Object => LinkKind::RelocatableObject,
        _ => LinkKind::Executable { entry: "_start".into() },
    }
}

/// Symbols of a library that others see.
fn exports(program: &ProgramPlan<'_>) -> Vec<String> {
    let library = program.library.as_ref();
    library.map_or_else(|| vec![script::SCRIPT_RUN_SYMBOL.to_owned()], LibraryPlan::symbols)
}

fn runtime(program: &ProgramPlan<'_>, options: &Options) -> Result<Option<link::Bytes>> {
    let kind = match program.emit {
        Emit::Object => return Ok(None),
        Emit::Shared | Emit::Static => RuntimeKind::Library,
        _ => RuntimeKind::Executable,
    };
    match &options.runtime {
        Runtime::Archive(bytes) => Ok(Some(Arc::new(bytes.clone()))),
        Runtime::Embedded => link::embedded_runtime(program.target.architecture, kind).map(Some),
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".into())
}

/// A finished output.
#[derive(Debug)]
pub struct Artifact {
    bytes: Vec<u8>,
    executable: bool,
    listing: Option<String>,
    header: Option<String>,
}

impl Artifact {
    /// One that is not executed.
    pub(crate) fn data(bytes: Vec<u8>) -> Self {
        Self { bytes, executable: false, listing: None, header: None }
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The text that debuggers show in place of a source, to be written to
    /// [`Options::listing`](crate::Options::listing).
    pub fn listing(&self) -> Option<&str> {
        self.listing.as_deref()
    }

    /// The header in C of a library.
    pub fn header(&self) -> Option<&str> {
        self.header.as_deref()
    }

    /// Writes it whole or not at all: a temporary file beside `path`, then a rename. Its mode is
    /// that of a compiler's output: what the umask leaves of 0666, or 0777 to execute.
    pub fn write(&self, path: &Path) -> Result<()> {
        let failed = |source| Error::Io { action: "write", path: path.to_owned(), source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mode = Permissions::from_mode(if self.executable { 0o777 } else { 0o666 });
        let mut builder = tempfile::Builder::new();
        let mut file = builder.prefix(".wasmwright").permissions(mode).tempfile_in(folder).map_err(failed)?;
        file.write_all(&self.bytes).map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}
