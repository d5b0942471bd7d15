//! Every program prints the same text natively and compiled, under guard pages and explicit checks,
//! from scalar and from vector builds.

use std::path::Path;
use std::thread::{available_parallelism, scope};
use wasmwright_benchmarks::clang::{self, Vectors};
use wasmwright_benchmarks::contender::Contender;
use wasmwright_benchmarks::measure;
use wasmwright_benchmarks::program::{self, Program};
use wasmwright_compiler::options::{BoundsChecks, Optimization};

/// Divisor of the programs' usual sizes.
const DIVISOR: u32 = 64;

/// Whole programs, of which each build takes half a minute: vector instructions make no difference that
/// the others do not show.
const ONLY_SCALAR: [&str; 2] = ["lua", "sqlite"];

#[test]
fn outputs_are_the_native_ones_from_scalar_builds() {
    compare_all(Vectors::Scalar);
}

#[test]
fn outputs_are_the_native_ones_from_vector_builds() {
    compare_all(Vectors::Simd128);
}

fn compare_all(vectors: Vectors) {
    let mut programs = program::all().expect("the programs can be listed");
    programs.retain(|program| vectors == Vectors::Scalar || !ONLY_SCALAR.contains(&&*program.name));
    assert!(programs.len() >= 24, "only {} programs", programs.len());
    let folder = tempfile::tempdir().expect("a folder for what is compiled");
    let workers = available_parallelism().map_or(1, usize::from);
    scope(|scope| {
        for share in programs.chunks(programs.len().div_ceil(workers)) {
            scope.spawn(|| share.iter().for_each(|program| compare(program, vectors, folder.path())));
        }
    });
}

fn compare(program: &Program, vectors: Vectors, folder: &Path) {
    let module = folder.join(format!("{}.wasm", program.name));
    clang::module(&program.source, vectors, &module).expect("a module");
    let expected = output(&Contender::native(), program, &module, folder);
    let text = expected.trim_ascii_end();
    assert!(
        text.len() == 16 && text.iter().all(u8::is_ascii_hexdigit),
        "{} printed no checksum",
        program.name
    );
    for bounds_checks in [BoundsChecks::Guard, BoundsChecks::Explicit] {
        let contender = Contender::wasmwright(bounds_checks, Optimization::O2);
        let printed = output(&contender, program, &module, folder);
        assert_eq!(printed, expected, "{} by {}, {vectors:?}", program.name, contender.name);
    }
}

fn output(contender: &Contender, program: &Program, module: &Path, folder: &Path) -> Vec<u8> {
    let failed = |error: anyhow::Error| panic!("{} by {}: {error:?}", program.name, contender.name);
    let prepared = contender.prepare(&program.source, module, folder, &[]).unwrap_or_else(failed);
    let arguments = [program.size(DIVISOR).to_string()];
    measure::execute(&mut prepared.command(&arguments))
        .unwrap_or_else(|error| panic!("{}: {error:?}", program.name))
        .stdout
}
