//! `run`: compiles through the cache, then becomes the program.
//!
//! Grants are handed over at launch, so that one entry of the cache serves every set of them.
//! Only what has no form there (`--sealed`, `--tcplisten`, a line break) is compiled in.

mod launch;

use super::cache::open;
use crate::args::{MessageFormat, RunArguments};
use crate::failure::Failure;
use crate::input::Input;
use crate::reporter::Reporter;
use crate::{grants, resolve, tool};
use launch::Launch;
use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmwright_compiler::cache::{Cache, Key};
use wasmwright_compiler::options::Grants;
use wasmwright_compiler::target::Target;
use wasmwright_compiler::{Artifact, Options};

/// Another process may evict an entry between its lookup and its execution; not so often.
const ATTEMPTS: usize = 3;

/// Compiles and executes. Returns only if that failed.
pub fn execute(arguments: &RunArguments) -> Result<(), Failure> {
    let (file, program_arguments) = split(&arguments.program)?;
    let input = Input::read(file)?.with_files(&arguments.code)?;
    resolve::check_fuel(&arguments.code)?;
    let launch = Launch::of(&arguments.grants);
    let compiled_in = if launch.is_some() { Grants::default() } else { grants::resolve(&arguments.grants) };
    let options = Options {
        host_objects: resolve::host_objects(&arguments.objects)?,
        ..resolve::code_options(&arguments.code, Target::host(), compiled_in)?
    };
    let program = Program { name: &input.file_name, arguments: program_arguments, launch: launch.as_ref() };
    let compile = || compile(arguments, &input, &options);

    let Some(cache) = open(&arguments.cache) else {
        return Err(program.execute_from_memory(&compile()?));
    };
    let key = Key::new(&tool::identity(), &options, &input.modules()?);
    for _ in 0..ATTEMPTS {
        let path = match find_or_compile(&cache, &key, compile)? {
            Place::File(path) => path,
            Place::Memory(artifact) => return Err(program.execute_from_memory(&artifact)),
        };
        if arguments.code.verbose {
            eprintln!("wasmwright: executing {}", path.display());
        }
        let error = program.execute(&path);
        if error.kind() != ErrorKind::NotFound {
            return Err(Failure::new(format!("cannot execute {}: {error}", path.display())));
        }
    }
    let folder = cache.folder().display();
    Err(Failure::new(format!("the cache {folder} is too small for its users; see --cache-size")))
}

/// Where a compiled program lies.
enum Place {
    File(PathBuf),
    Memory(Artifact),
}

/// The program from the cache, else compiled. A cache that does not work is no reason to stop.
fn find_or_compile(
    cache: &Cache,
    key: &Key,
    compile: impl Fn() -> Result<Artifact, Failure>,
) -> Result<Place, Failure> {
    let warn = |error| eprintln!("wasmwright: warning: not cached: {error}");
    match cache.lookup(key) {
        Ok(Some(path)) => return Ok(Place::File(path)),
        Ok(None) => {}
        Err(error) => {
            warn(error);
            return compile().map(Place::Memory);
        }
    }
    let artifact = compile()?;
    Ok(cache.insert(key, artifact.bytes()).map_or_else(
        |error| {
            warn(error);
            Place::Memory(artifact)
        },
        Place::File,
    ))
}

/// FILE, and what is the program's: everything after it, less one leading `--`.
fn split(program: &[OsString]) -> Result<(&OsStr, &[OsString]), Failure> {
    let Some((file, rest)) = program.split_first() else { return Err(Failure::Usage("no FILE".into())) };
    let rest = if rest.first().is_some_and(|first| first == "--") { &rest[1..] } else { rest };
    Ok((file, rest))
}

fn compile(arguments: &RunArguments, input: &Input, options: &Options) -> Result<Artifact, Failure> {
    let reporter = Reporter::new(&arguments.code, MessageFormat::Human);
    let compiled = super::compile::compiler(options.clone(), &arguments.cache)
        .compile_program(&input.modules()?, &reporter);
    reporter.finish()?;
    compiled.map_err(|error| Failure::Compile { file: input.display.clone(), error })
}

/// What this process is to become, apart from its code.
struct Program<'a> {
    name: &'a OsStr,
    arguments: &'a [OsString],
    launch: Option<&'a Launch>,
}

impl Program<'_> {
    /// Replaces this process by the program at `path`. Returns only why that failed.
    fn execute(&self, path: &Path) -> std::io::Error {
        let mut command = Command::new(path);
        command.arg0(self.name).args(self.arguments);
        if let Some(launch) = self.launch {
            launch.apply(&mut command);
        }
        command.exec()
    }

    /// Replaces this process by an artifact that lies in no folder.
    fn execute_from_memory(&self, artifact: &Artifact) -> Failure {
        let file = rustix::fs::memfd_create("wasmwright", rustix::fs::MemfdFlags::CLOEXEC)
            .map_err(std::io::Error::from)
            .map(std::fs::File::from)
            .and_then(|mut file| file.write_all(artifact.bytes()).map(|()| file));
        let error = match &file {
            Ok(file) => self.execute(Path::new(&format!("/proc/self/fd/{}", file.as_raw_fd()))),
            Err(error) => return Failure::new(format!("cannot keep the program in memory: {error}")),
        };
        Failure::new(format!("cannot execute the program from memory: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::split;
    use std::ffi::OsString;

    fn check(program: &[&str], expected: Option<(&str, &[&str])>) {
        let program: Vec<OsString> = program.iter().map(OsString::from).collect();
        let split = split(&program).ok();
        let expected =
            expected.map(|(file, rest)| (OsString::from(file), rest.iter().map(OsString::from).collect()));
        assert_eq!(split.map(|(file, rest)| (file.to_owned(), rest.to_vec())), expected);
    }

    #[test]
    fn everything_after_the_file_is_the_programs() {
        check(&["a.wasm", "--dir", "x"], Some(("a.wasm", &["--dir", "x"])));
        check(&["a.wasm", "--", "--", "x"], Some(("a.wasm", &["--", "x"])));
        check(&["a.wasm", "x", "--"], Some(("a.wasm", &["x", "--"])));
        check(&["-", "x"], Some(("-", &["x"])));
        check(&[], None);
    }
}
