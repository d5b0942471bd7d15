//! Libraries and their hosts in C: a module becomes a library, clang compiles a host of
//! `tests/hosts` against its header, and the host runs.

use crate::machine::Machine;
use crate::process::spawn;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use wait_timeout::ChildExt;
use wasmwright_compiler::options::{Emit, LibraryOptions};
use wasmwright_compiler::program::ModuleInput;
use wasmwright_compiler::progress::Silent;
use wasmwright_compiler::{Compiler, Options};

/// No host takes a fraction of it on a machine that has nothing else to do.
const TIME_LIMIT: Duration = Duration::from_secs(300);

/// What watches over a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// Nothing.
    None,
    /// AddressSanitizer, with its detector of leaks, and UndefinedBehaviorSanitizer.
    Address,
    /// ThreadSanitizer.
    Thread,
    /// Valgrind's memcheck.
    Valgrind,
    /// Nothing, on AArch64: for libraries that were compiled for it.
    Aarch64,
}

/// A library in a folder of its own, with its header.
pub struct Library {
    folder: TempDir,
    name: String,
    emit: Emit,
}

impl Library {
    /// Compiles a module to a static library if the options say so, else to a shared one.
    #[track_caller]
    pub fn new(name: &str, module: &[u8], options: Options) -> Self {
        Self::of_modules(name, &[ModuleInput::new(name, module)], options)
    }

    /// The same of modules that are linked with one another.
    #[track_caller]
    pub fn of_modules(name: &str, modules: &[ModuleInput<'_>], options: Options) -> Self {
        let folder = tempfile::Builder::new().prefix("wasmwright-library-").tempdir().expect("a folder");
        let library = LibraryOptions {
            name: Some(name.to_owned()),
            soname: Some(format!("lib{name}.so")),
            ..options.library.clone()
        };
        let emit = if options.emit == Emit::Static { Emit::Static } else { Emit::Shared };
        let options = Options { emit, library, ..options };
        let artifact = Compiler::new(options).compile_program(modules, &Silent);
        let artifact = artifact.unwrap_or_else(|error| panic!("{error}"));
        let header = artifact.header().expect("libraries have headers");
        std::fs::write(folder.path().join(format!("{name}.h")), header).expect("the folder can be written");
        let library = Self { folder, name: name.to_owned(), emit };
        artifact.write(&library.path()).expect("likewise");
        library
    }

    /// The library of a module in `tests/hosts`.
    #[track_caller]
    pub fn of_host(name: &str, options: Options) -> Self {
        let text = std::fs::read(hosts().join(format!("{name}.wat"))).expect("the module is there");
        Self::new(name, &text, options)
    }

    /// Its header.
    #[track_caller]
    pub fn header(&self) -> String {
        let path = self.folder().join(format!("{}.h", self.name));
        std::fs::read_to_string(path).expect("it was written")
    }

    /// Where the library and its header are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The library itself.
    pub fn path(&self) -> PathBuf {
        let ending = if self.emit == Emit::Static { "a" } else { "so" };
        self.folder().join(format!("lib{}.{ending}", self.name))
    }

    /// Compiles the host of that name in `tests/hosts` with further arguments for clang.
    #[track_caller]
    pub fn host(&self, name: &str, watch: Watch, arguments: &[&str]) -> Host<'_> {
        let program = self.folder().join(format!("host-{watch:?}"));
        let mut clang = Command::new("clang-22");
        clang.args(["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-g", "-O1", "-pthread"]);
        clang.args(match watch {
            Watch::None | Watch::Valgrind => &[][..],
            Watch::Address => &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
            Watch::Thread => &["-fsanitize=thread"],
            Watch::Aarch64 => Machine::Aarch64.clang_arguments(),
        });
        // Debian's valgrind reads no later version.
        clang.arg("-gdwarf-4");
        clang.arg("-I").arg(self.folder()).arg("-I").arg(hosts());
        clang.arg(hosts().join(format!("{name}.c"))).arg("-o").arg(&program);
        // Static libraries come after what needs them.
        clang.args(arguments).arg(self.path()).arg("-Wl,-rpath,$ORIGIN").arg("-lm");
        let compiled = clang.output().expect("clang-22 can be executed");
        assert!(compiled.status.success(), "{clang:?}\n{}", String::from_utf8_lossy(&compiled.stderr));
        Host { program, watch, library: std::marker::PhantomData }
    }
}

/// A host that was compiled.
pub struct Host<'l> {
    program: PathBuf,
    watch: Watch,
    library: std::marker::PhantomData<&'l Library>,
}

impl Host<'_> {
    /// Runs it: it must end well and print `done`. Returns what it told on standard error.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> String {
        let mut command = match self.watch {
            Watch::Valgrind => {
                let mut command = Command::new("valgrind");
                command.args([
                    "--quiet",
                    "--error-exitcode=99",
                    "--leak-check=full",
                    "--show-leak-kinds=all",
                ]);
                command.arg("--errors-for-leak-kinds=all");
                command.arg(format!("--suppressions={}", hosts().join("guest.supp").display()));
                command.arg(&self.program);
                command
            }
            Watch::Aarch64 => Machine::Aarch64.command_with_libc(&self.program),
            Watch::None | Watch::Address | Watch::Thread => Command::new(&self.program),
        };
        // Sanitizers leave our handler's faults to it, and each error ends the host.
        command.env("ASAN_OPTIONS", "allow_user_segv_handler=1:detect_leaks=1:abort_on_error=0");
        command.env("TSAN_OPTIONS", "halt_on_error=1");
        command.args(arguments).stdin(Stdio::null());
        let files = tempfile::tempdir().expect("a folder");
        let path = |name: &str| files.path().join(name);
        command.stdout(std::fs::File::create(path("output")).expect("a file"));
        command.stderr(std::fs::File::create(path("errors")).expect("a file"));
        let mut child = spawn(&mut command).unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let status = child.wait_timeout(TIME_LIMIT).expect("it can be waited for");
        if status.is_none() {
            child.kill().and_then(|()| child.wait()).expect("it can be ended");
        }
        let read = |name: &str| {
            String::from_utf8_lossy(&std::fs::read(path(name)).expect("it was written")).into_owned()
        };
        let (output, errors) = (read("output"), read("errors"));
        let succeeded = status.is_some_and(|status| status.success()) && output.ends_with("done\n");
        assert!(succeeded, "{command:?}: {status:?}\n{output}{errors}");
        errors
    }
}

/// The folder of hosts.
pub fn hosts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("hosts")
}
