//! Inner loops of benchmarks, as machine code for AArch64, against what clang makes natively of the
//! same C source: instructions, and cycles as llvm-mca computes them for a Neoverse N1.
//!
//! Compilers unroll and vectorise as they like, so both are divided by the work of an iteration: the
//! numbers that instructions of a kind compute, multiplications in most kernels. Of each program the
//! loop counts that does most of it at once, which is where a vectorised program spends its time.
//!
//! `cargo test -p wasmwright-tests --test kernels -- --nocapture` prints the table.

use std::path::{Path, PathBuf};
use std::process::Command;
use wasmwright_compiler::Compiler;
use wasmwright_compiler::options::{Emit, Optimization, Options};
use wasmwright_compiler::target::{Architecture, Target};
use wasmwright_tests::assembly::{Loop, innermost_loops, lanes, parts};
use wasmwright_tests::programs::{execute, temporary_directory};

const CPU: &str = "neoverse-n1";

/// What kernels may cost, relative to native code.
const BOUND: f64 = 1.15;

/// A program of `benchmarks/programs`, and the work of its inner loop.
struct Kernel {
    program: &'static str,
    /// Instructions that do it.
    work: &'static [&'static str],
    /// One of these is in their operands.
    operands: &'static [&'static str],
    /// Bounds of instructions and cycles.
    bounds: (f64, f64),
}

const fn kernel(program: &'static str, work: &'static [&'static str]) -> Kernel {
    Kernel { program, work, operands: &[""], bounds: (BOUND, BOUND) }
}

const INTEGER_PRODUCTS: &[&str] = &[
    "mul", "madd", "mla", "umull", "umull2", "umlal", "umlal2", "umaddl", "smull", "smull2", "smlal",
    "smlal2",
];

const KERNELS: &[Kernel] = &[
    kernel("bigint", INTEGER_PRODUCTS),
    kernel("chacha20", &["ror"]),
    kernel("convolution", &["fmul"]),
    Kernel { operands: &["lsr #8"], ..kernel("crc", &["eor"]) },
    kernel("dense", &["fmul"]),
    kernel("hash", INTEGER_PRODUCTS),
    kernel("image", INTEGER_PRODUCTS),
    kernel("matmul_f32", &["fmul"]),
    kernel("matmul_i8", INTEGER_PRODUCTS),
    // Native code computes two coordinates at once: it knows that bodies with different indices are
    // different bodies. In a memory their addresses may be congruent.
    Kernel { bounds: (1.35, 1.30), ..kernel("nbody", &["fsqrt"]) },
    kernel("sha256", &["ror", "eor"]),
    kernel("softmax", &["fmul", "fdiv"]),
    // The product of a matrix and a vector, whose elements are found by index. An address is a sum of
    // 32 bits, which may wrap: one more instruction for each element, and two for each array of a row
    // whose length is not known.
    Kernel { operands: &["xtw]", "lsl #3]"], bounds: (1.80, 1.45), ..kernel("sparse", &["ldr"]) },
    kernel("stencil", &["fmul"]),
];

/// What a loop costs for a unit of its work.
struct Cost {
    instructions: f64,
    cycles: f64,
}

impl Kernel {
    fn work_of(&self, code: &Loop<'_>) -> usize {
        let does_work = |instruction: &&&str| {
            let (mnemonic, operands) = parts(instruction);
            self.work.contains(&mnemonic) && self.operands.iter().any(|part| operands.contains(part))
        };
        code.instructions.iter().filter(does_work).map(|instruction| lanes(instruction)).sum()
    }

    /// The loop in these functions that does most work at once, the shortest of them.
    fn cost(&self, assembly: &str, is_measured: impl Fn(&str) -> bool) -> Cost {
        let loops = innermost_loops(assembly);
        let measured = loops.iter().filter(|code| is_measured(code.function));
        let hot = measured.max_by_key(|code| (self.work_of(code), usize::MAX - code.instructions.len()));
        let hot = hot.unwrap_or_else(|| panic!("{} has no loop", self.program));
        let work = self.work_of(hot) as f64;
        assert!(work > 0.0, "no loop of {} does its work", self.program);
        Cost { instructions: hot.instructions.len() as f64 / work, cycles: cycles(hot) / work }
    }
}

fn source(program: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../benchmarks/programs").join(format!("{program}.c"))
}

/// What clang makes of a program: the same language, level and arithmetic for both targets.
fn clang(program: &str, arguments: &[&str]) -> Vec<u8> {
    let folder = temporary_directory();
    let output = folder.path().join("output");
    let mut clang = Command::new("clang-22");
    clang.args(["-O3", "-std=gnu99", "-ffp-contract=off", "-Wno-deprecated"]).args(arguments);
    let outcome = execute(clang.arg(source(program)).arg("-o").arg(&output), b"");
    assert!(outcome.code() == Some(0), "(apt-get install clang-22 libc6-dev-arm64-cross)\n{outcome:?}");
    std::fs::read(output).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("assembly is text")
}

/// Our assembly of the module that clang makes.
fn ours(program: &str) -> String {
    let module = clang(program, &["--target=wasm32-wasi"]);
    let target = Target { cpu: CPU.into(), ..Target::baseline(Architecture::Aarch64) };
    let options =
        Options { emit: Emit::Assembly, optimization: Optimization::O3, target, ..Options::default() };
    let artifact = Compiler::new(options).compile(program, &module);
    text(artifact.unwrap_or_else(|error| panic!("{program}: {error}")).bytes())
}

/// Cycles of an iteration where iterations follow one another.
fn cycles(code: &Loop<'_>) -> f64 {
    const ITERATIONS: u32 = 100;
    let mut mca = Command::new("llvm-mca-22");
    mca.args(["-mtriple=aarch64", &format!("-mcpu={CPU}"), &format!("-iterations={ITERATIONS}")]);
    let outcome = execute(&mut mca, (code.instructions.join("\n") + "\n").as_bytes());
    let total = outcome.text().lines().find_map(|line| line.strip_prefix("Total Cycles:"));
    let total = total.unwrap_or_else(|| panic!("(apt-get install llvm-22)\n{outcome:?}"));
    total.trim().parse::<f64>().unwrap() / f64::from(ITERATIONS)
}

#[test]
fn inner_loops_cost_what_native_ones_do() {
    println!("| kernel | instructions: ours | native | ratio | cycles: ours | native | ratio |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let mut complaints = Vec::new();
    for kernel in KERNELS {
        let program = kernel.program;
        let cpu = format!("-mcpu={CPU}");
        let native = text(&clang(program, &["--target=aarch64-linux-gnu", &cpu, "-S"]));
        let names: Vec<String> =
            innermost_loops(&native).iter().map(|code| code.function.to_owned()).collect();
        // Of the program itself, which is inlined into the entry for the most part; not of libc.
        let is_measured = |symbol: &str| {
            let name = symbol.split('.').next().unwrap_or_default();
            name == "wasmwright_invoke" || names.iter().any(|own| own == name)
        };
        let (here, there) = (kernel.cost(&ours(program), is_measured), kernel.cost(&native, |_| true));
        let ratios = (here.instructions / there.instructions, here.cycles / there.cycles);
        println!(
            "| {program} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            here.instructions, there.instructions, ratios.0, here.cycles, there.cycles, ratios.1
        );
        if ratios.0 > kernel.bounds.0 || ratios.1 > kernel.bounds.1 {
            complaints.push(format!("{program}: {ratios:.2?} of {:?}", kernel.bounds));
        }
    }
    assert!(complaints.is_empty(), "inner loops that became worse:\n{}", complaints.join("\n"));
}
