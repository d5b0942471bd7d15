//! Objects and archives made by clang and llvm-ar.

use super::super::*;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The entry of a small runtime.
pub const START: &str = include_str!("start.c");
/// A program whose status is 42 when every table of it is relocated.
pub const PROGRAM: &str = include_str!("program.c");
/// What the program calls.
pub const HELPER: &str = include_str!("helper.c");

/// Compiles freestanding C.
pub fn compile(architecture: Architecture, name: &str, source: &str) -> NamedObject {
    compile_with(&[], architecture, name, source)
}

/// Compiles freestanding C with further flags.
pub fn compile_with(more: &[&str], architecture: Architecture, name: &str, source: &str) -> NamedObject {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join(format!("{name}.c"));
    std::fs::write(&input, source).unwrap();
    let output = folder.path().join(format!("{name}.o"));
    let target = match architecture {
        Architecture::X86_64 => "x86_64-linux-gnu",
        Architecture::Aarch64 => "aarch64-linux-gnu",
        Architecture::Riscv64 => "riscv64-linux-gnu",
    };
    let flags = [
        "-O2",
        "-ffreestanding",
        "-fasynchronous-unwind-tables",
        "-fPIC",
        "-ffunction-sections",
        "-fdata-sections",
        "-c",
    ];
    run(Command::new("clang-22")
        .arg(format!("--target={target}"))
        .args(flags)
        .args(more)
        .arg(&input)
        .arg("-o")
        .arg(&output));
    NamedObject::new(name, std::fs::read(output).unwrap())
}

/// A static library of objects.
pub fn archive(objects: &[NamedObject]) -> Bytes {
    let folder = tempfile::tempdir().unwrap();
    let members = objects.iter().map(|object| {
        let path = folder.path().join(format!("{}.o", object.name));
        std::fs::write(&path, object.bytes.as_ref().as_ref()).unwrap();
        path
    });
    let members: Vec<PathBuf> = members.collect();
    let output = folder.path().join("runtime.a");
    run(Command::new("llvm-ar-22").arg("rcs").arg(&output).args(members));
    Arc::new(std::fs::read(output).unwrap())
}

/// Runs a command that must succeed.
pub fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The exit status of an executable.
pub fn status_of(executable: &[u8]) -> i32 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    write_executable(&path, executable);
    let status = Command::new(&path).status().unwrap();
    status.code().unwrap_or_else(|| panic!("{status}"))
}

fn write_executable(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, bytes).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// The program and its runtime as an executable.
pub fn executable<'a>(
    architecture: Architecture,
    linker: &'a Linker,
    objects: &'a [NamedObject],
) -> LinkRequest<'a> {
    let unused = compile(architecture, "unused", "int unused_import(void) { return 3; }");
    let runtime = [compile(architecture, "start", START), compile(architecture, "helper", HELPER), unused];
    LinkRequest {
        architecture,
        kind: LinkKind::Executable { entry: "_start".into() },
        linker,
        objects,
        archives: &[],
        runtime: Some(archive(&runtime)),
        strip: false,
        unwind_index: false,
    }
}

/// The exit status under an emulator, where it is installed.
pub fn status_under_emulation(emulator: &str, executable: &[u8]) -> Option<i32> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    write_executable(&path, executable);
    Command::new(emulator).arg(&path).status().ok()?.code()
}
