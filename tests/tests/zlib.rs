//! zlib, a library that many programs have, as a module: a host in C compresses and decompresses with
//! it through our header and with the native zlib of the same source, and all outputs are the same.
//!
//! The source is what the crate `libz-sys` carries (`ci/modules` fetches it). How long both take is
//! told with `--no-capture`; nothing depends on it.

use std::path::{Path, PathBuf};
use std::process::Command;
use wasmwright_compiler::Options;
use wasmwright_compiler::options::{BoundsChecks, Emit, Optimization};
use wasmwright_tests::libraries::{Library, Watch, hosts};
use wasmwright_tests::programs::{Source, temporary_directory};

/// The files of zlib that have to do with neither files nor gzip's format on disk.
const FILES: [&str; 8] =
    ["adler32.c", "crc32.c", "deflate.c", "inffast.c", "inflate.c", "inftrees.c", "trees.c", "zutil.c"];

/// What both sides are compiled with. The source is others'.
const ARGUMENTS: [&str; 2] = ["-O3", "-w"];

fn zlib() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace");
    let folder = root.join(".cache/modules/zlib/src/zlib");
    assert!(folder.join("zlib.h").is_file(), "{} is missing: execute ci/modules", folder.display());
    folder
}

fn module() -> Vec<u8> {
    let zlib = zlib();
    let codec = hosts().join("codec");
    let source =
        Source::new(codec.to_str().expect("a path in UTF-8")).with_for_module("-mexec-model=reactor");
    let source = ARGUMENTS.iter().fold(source, |source, argument| source.with(*argument));
    let files = FILES.iter().map(|file| zlib.join(file).display().to_string());
    let include = format!("-I{}", zlib.display());
    files.chain([include]).fold(source, |source, argument| source.with(argument)).module()
}

/// One object with the native library.
fn native(folder: &Path) -> PathBuf {
    let zlib = zlib();
    let object = folder.join("native.o");
    let mut clang = Command::new("clang-22");
    clang.args(ARGUMENTS).args(["-std=c17", "-r", "-nostdlib", "-o"]).arg(&object).arg("-I").arg(&zlib);
    clang.args(FILES.map(|file| zlib.join(file))).arg(hosts().join("codec.c"));
    let output = clang.output().expect("clang-22 can be executed");
    assert!(output.status.success(), "{clang:?}\n{}", String::from_utf8_lossy(&output.stderr));
    object
}

#[track_caller]
fn check(options: Options, watch: Watch) {
    let folder = temporary_directory();
    let object = native(folder.path());
    let library = Library::new("zlib_module", &module(), options);
    let host = library.host("zlib", watch, &[object.to_str().expect("a path in UTF-8")]);
    let text = zlib().join("deflate.c");
    eprint!("{}", host.run(&[text.to_str().expect("a path in UTF-8"), "timed"]));
}

#[test]
fn zlib_as_a_shared_library_does_what_the_native_one_does() {
    check(Options::default(), Watch::None);
}

#[test]
fn zlib_with_explicit_checks_does_what_the_native_one_does() {
    check(Options { bounds_checks: BoundsChecks::Explicit, ..Options::default() }, Watch::None);
}

#[test]
fn zlib_as_a_static_library_does_what_the_native_one_does() {
    check(Options { emit: Emit::Static, optimization: Optimization::O3, ..Options::default() }, Watch::None);
}

#[test]
fn zlib_behind_a_sanitized_host_does_what_the_native_one_does() {
    check(Options::default(), Watch::Address);
}
