//! A link in the words of a linker's command line, as `ld.lld` and wild both understand them.
//!
//! Invariant: nothing here depends on the machine, on the number of threads or on where files are
//! but for the paths that the caller chose.

use super::{LinkKind, LinkRequest};
use crate::target::Architecture;

/// Where the linker finds its inputs and leaves its output, in the linker's file system.
pub(super) struct Paths<'a> {
    /// One for each object of the request, in order.
    pub objects: &'a [String],
    /// One for each archive, likewise.
    pub archives: &'a [String],
    /// The runtime archive, where the request has one.
    pub runtime: &'a str,
    /// The version script of a shared library.
    pub version_script: &'a str,
    /// The output.
    pub output: &'a str,
}

/// The arguments, without the program's name.
pub(super) fn arguments(request: &LinkRequest<'_>, paths: &Paths<'_>) -> Vec<String> {
    let mut arguments = Arguments(Vec::new());
    arguments.add(["-m", emulation(request.architecture), "-o", paths.output]);
    // A build id would be a hash of bytes that are reproducible anyway.
    arguments.add(["--build-id=none", "-z", "noexecstack"]);
    match &request.kind {
        LinkKind::Executable { entry } => arguments.executable(entry),
        LinkKind::SharedLibrary { soname, exports } => {
            arguments.shared_library(soname, exports, paths.version_script);
        }
        // Objects, and archives of one.
        LinkKind::StaticLibrary { .. } | LinkKind::RelocatableObject => arguments.add(["-r"]),
    }
    let is_object = request.kind == LinkKind::RelocatableObject;
    if request.strip {
        arguments.add([if is_object { "--strip-debug" } else { "--strip-all" }]);
    }
    if request.unwind_index && !is_object {
        arguments.add(["--eh-frame-hdr"]);
    }
    for object in paths.objects {
        arguments.add([object]);
    }
    if request.runtime.is_some() {
        arguments.add([paths.runtime]);
    }
    for archive in paths.archives {
        arguments.add([archive]);
    }
    arguments.0
}

struct Arguments(Vec<String>);

impl Arguments {
    fn add<const N: usize>(&mut self, arguments: [&str; N]) {
        self.0.extend(arguments.map(str::to_owned));
    }

    /// No dynamic linker comes before start-up, so nothing would apply RELRO; leaving it out saves
    /// a page of padding.
    fn executable(&mut self, entry: &str) {
        self.add(["-pie", "-static", "--no-dynamic-linker", "--entry", entry]);
        self.add(["--gc-sections", "--hash-style=gnu", "-z", "norelro", "-z", "pack-relative-relocs"]);
    }

    /// What it exports may lie in a member of the runtime that nothing else asks for.
    fn shared_library(&mut self, soname: &str, exports: &[String], version_script: &str) {
        for export in exports {
            self.add(["--undefined", export]);
        }
        self.add(["-shared", "-soname", soname, "-Bsymbolic", "--version-script", version_script]);
        self.add(["--gc-sections", "--hash-style=gnu", "-z", "now", "-z", "defs"]);
        // Its handler of faults stays for as long as the process.
        self.add(["-z", "nodelete"]);
    }
}

fn emulation(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::X86_64 => "elf_x86_64",
        Architecture::Aarch64 => "aarch64linux",
        Architecture::Riscv64 => "elf64lriscv",
    }
}

/// The version script that shows `exports` and hides all else.
pub(super) fn version_script(exports: &[String]) -> String {
    let mut script = String::from("{\n");
    if !exports.is_empty() {
        script.push_str("  global:\n");
    }
    for export in exports {
        script.push_str(&format!("    \"{export}\";\n"));
    }
    script.push_str("  local: *;\n};\n");
    script
}
