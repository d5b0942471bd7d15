//! From a source to modules and native programs: C and C++ by Debian's clang, wasi-libc and libc++, or
//! text.

use super::execute::execute;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A source in `tests/programs`.
#[derive(Clone, Debug)]
pub struct Source {
    path: PathBuf,
    compiler: &'static str,
    standard: &'static str,
    arguments: Vec<String>,
    module_arguments: Vec<String>,
    native_arguments: Vec<String>,
}

impl Source {
    /// The C source of that name, without its ending.
    pub fn new(name: &str) -> Self {
        Self::in_language(&format!("{name}.c"), "clang-22", "-std=c17")
    }

    /// The C++ source of that name, without its ending.
    pub fn cxx(name: &str) -> Self {
        Self::in_language(&format!("{name}.cpp"), "clang++-22", "-std=c++20")
    }

    fn in_language(file: &str, compiler: &'static str, standard: &'static str) -> Self {
        Self {
            path: Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(file),
            compiler,
            standard,
            arguments: Vec::new(),
            module_arguments: Vec::new(),
            native_arguments: Vec::new(),
        }
    }

    /// The same with an argument for clang.
    #[must_use]
    pub fn with(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// The same with an argument for clang when it makes the module.
    #[must_use]
    pub fn with_for_module(mut self, argument: impl Into<String>) -> Self {
        self.module_arguments.push(argument.into());
        self
    }

    /// The same with an argument for clang when it makes the native program.
    #[must_use]
    pub fn with_for_native(mut self, argument: impl Into<String>) -> Self {
        self.native_arguments.push(argument.into());
        self
    }

    /// The module that clang makes of it.
    #[track_caller]
    pub fn module(&self) -> Vec<u8> {
        let folder = super::temporary_directory();
        let output = folder.path().join("program.wasm");
        // The name that Debian's wasi-libc has its files under; clang has a newer one.
        // Binaryen's optimiser, where it is installed, may be older than what clang emits.
        let mut arguments = vec!["--target=wasm32-wasi", "-Wno-deprecated", "--no-wasm-opt"];
        arguments.extend(self.module_arguments.iter().map(String::as_str));
        self.clang(&arguments, &output);
        std::fs::read(&output).expect("clang wrote the module")
    }

    /// The native program, in `folder`.
    #[track_caller]
    pub fn native(&self, folder: &Path) -> PathBuf {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let output = folder.join(format!("native{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
        let arguments: Vec<&str> = self.native_arguments.iter().map(String::as_str).collect();
        self.clang(&arguments, &output);
        output
    }

    #[track_caller]
    fn clang(&self, arguments: &[&str], output: &Path) {
        let mut command = Command::new(self.compiler);
        // As the wasm target has it: no contraction of multiplications and additions.
        command.args([
            "-O1",
            self.standard,
            "-D_GNU_SOURCE",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-ffp-contract=off",
        ]);
        command.args(arguments).args(&self.arguments).arg(&self.path).arg("-o").arg(output).arg("-lm");
        let outcome = execute(&mut command, &[]);
        assert!(
            outcome.code() == Some(0),
            "{command:?}\n(apt-get install clang-22 lld-22 wasi-libc libclang-rt-22-dev-wasm32)\n{outcome:?}"
        );
    }
}

/// The module that a text stands for.
#[track_caller]
pub fn assemble(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}
