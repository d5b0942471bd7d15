//! Programs for AArch64, compiled on any machine and executed in an emulator where this is no
//! AArch64 one: they do and say what programs for this machine do and say.
//!
//! These are samples for every run. `WASMWRIGHT_TEST_TARGET=aarch64-linux` has the other tests of
//! programs compile for AArch64, which `ci/full` does.

use object::read::elf::{ElfFile64, FileHeader, ProgramHeader};
use object::{Endianness, elf};
use std::path::PathBuf;
use wasmwright_compiler::Options;
use wasmwright_compiler::options::{Entry, Optimization};
use wasmwright_compiler::target::Target;
use wasmwright_tests::debugger::{Answer, Debuggee, Session};
use wasmwright_tests::machine::Machine;
use wasmwright_tests::programs::{
    Outcome, Source, TRAPS, Variant, assemble, compile, execute, module_of_traps, recursion_with_frames_of,
    temporary_directory,
};

/// The largest page that Linux has on AArch64.
const LARGEST_PAGE_BYTES: u64 = 64 << 10;

/// A module as a program for each machine.
struct Programs {
    folder: tempfile::TempDir,
}

impl Programs {
    #[track_caller]
    fn new(module: &[u8], options: &Options) -> Self {
        let programs = Self { folder: temporary_directory() };
        for machine in [Machine::Host, Machine::Aarch64] {
            compile(
                module,
                &Options { target: machine.target(), ..options.clone() },
                &programs.path(machine),
            );
        }
        programs
    }

    fn path(&self, machine: Machine) -> PathBuf {
        self.folder.path().join(format!("{machine:?}"))
    }

    fn run(&self, machine: Machine, arguments: &[&str]) -> Outcome {
        execute(machine.command(self.path(machine)).args(arguments), b"some input")
    }

    /// Asserts that both do and say the same, but for how many frames a stack holds and where the
    /// last one finds no room; returns it.
    #[track_caller]
    fn agree(&self, arguments: &[&str]) -> Outcome {
        let first_frames = |mut outcome: Outcome| {
            if outcome.errors().contains("call stack exhausted") {
                let told = outcome.errors().lines().filter(|line| line.contains("(function ")).count();
                assert!(told > 0, "{arguments:?}: {outcome:?}");
                let end = outcome.errors().find('\n');
                outcome.stderr.truncate(end.unwrap_or(0));
            }
            outcome
        };
        let here = first_frames(self.run(Machine::Host, arguments));
        assert_eq!(first_frames(self.run(Machine::Aarch64, arguments)), here, "{arguments:?}");
        here
    }
}

fn invoked(variant: Variant) -> Options {
    Options { entry: Entry::Invoke("run".into()), ..variant.options() }
}

const HELLO: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\08\00\00\00\06\00\00\00hello\n")
    (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))"#;

#[test]
fn hello_is_small_and_loads_with_pages_of_every_size() {
    let options = Options { strip: true, ..Variant::DEFAULT.options() };
    let programs = Programs::new(&assemble(HELLO), &options);
    assert_eq!(programs.agree(&[]).succeeded(), "hello\n");
    let bytes = std::fs::read(programs.path(Machine::Aarch64)).unwrap();
    assert!(bytes.len() < 80_000, "{} bytes", bytes.len());
    assert_segments_are_apart(&bytes);
}

/// No page, however large, belongs to two segments, and each lies in the file as in memory.
#[track_caller]
fn assert_segments_are_apart(program: &[u8]) {
    let file = ElfFile64::<Endianness>::parse(program).unwrap();
    let endian = file.endian();
    assert_eq!(file.elf_header().e_machine(endian), elf::EM_AARCH64);
    let mut end = 0;
    for segment in file.elf_program_headers().iter().filter(|one| one.p_type(endian) == elf::PT_LOAD) {
        let (address, offset) = (segment.p_vaddr(endian), segment.p_offset(endian));
        assert_eq!(address % LARGEST_PAGE_BYTES, offset % LARGEST_PAGE_BYTES, "at {address:#x}");
        assert!(segment.p_align(endian) >= LARGEST_PAGE_BYTES, "at {address:#x}");
        assert!(address / LARGEST_PAGE_BYTES * LARGEST_PAGE_BYTES >= end, "at {address:#x}");
        end = (address + segment.p_memsz(endian)).next_multiple_of(LARGEST_PAGE_BYTES);
    }
    assert!(end > 0);
}

#[test]
fn traps_and_the_end_of_the_stack_are_told_in_the_same_words() {
    let programs = Programs::new(&assemble(&module_of_traps()), &invoked(Variant::DEFAULT));
    for (number, (body, message)) in TRAPS.iter().enumerate() {
        let outcome = programs.agree(&[&number.to_string()]);
        assert!(outcome.code() == Some(134) && outcome.errors().contains(message), "{body}: {outcome:?}");
    }
}

/// Functions that call nothing else, whose return address the call of a trap would overwrite, and one
/// that calls what never returns.
const LEAVES: &str = r#"(module (memory 1)
    (table 4 funcref) (elem (i32.const 0) $divide $convert $stop $fails)
    (func $fail (param i32)
        (if (i32.eqz (local.get 0)) (then (unreachable)))
        (call $fail (i32.sub (local.get 0) (i32.const 1)))
        (unreachable))
    (func $fails (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (call $fail (i32.const 20))))
        (i32.const 1))
    (func $divide (param i32) (result i32) (i32.div_u (i32.const 7) (local.get 0)))
    (func $convert (param i32) (result i32)
        (i32.trunc_f32_s (f32.div (f32.const 1) (f32.convert_i32_s (local.get 0)))))
    (func $stop (param i32) (result i32) (if (i32.eqz (local.get 0)) (then unreachable)) (i32.const 1))
    (func $caller (param i32 i32) (result i32)
        (i32.add (call_indirect (param i32) (result i32) (local.get 1) (local.get 0)) (i32.const 1)))
    (func (export "run") (param i32 i32) (result i32)
        (table.set (i32.const 2) (table.get (i32.const 2)))
        (i32.mul (call $caller (local.get 0) (local.get 1)) (i32.const 2))))"#;

#[test]
fn backtraces_are_those_of_this_machine() {
    let module = Source::new("backtrace")
        .with_for_module("-g")
        .with_for_module("-Wno-cast-function-type-mismatch")
        .with("-O2")
        .module();
    for variant in Variant::CORNERS {
        let programs = Programs::new(&module, &variant.options());
        for end in (0..12).filter(|end| *end != EXHAUSTED) {
            let outcome = programs.agree(&[&end.to_string()]);
            let told = outcome.errors().matches("backtrace.c:").count();
            assert!(outcome.code() == Some(134) && told >= 4, "{variant} {end}: {outcome:?}");
        }
        // The innermost frame is where the stack had no room: at another instruction on each machine.
        let [here, there] = [Machine::Host, Machine::Aarch64].map(|machine| {
            let outcome = programs.run(machine, &[&EXHAUSTED.to_string()]);
            outcome.trapped("call stack exhausted");
            let frames = outcome.errors().lines().map(|line| line.trim_start());
            assert!(frames.clone().nth(1).is_some_and(|first| first.starts_with("0: recurse (")));
            assert!(frames.clone().nth(2).is_some_and(|line| line.contains("backtrace.c:")), "{outcome:?}");
            // Machines differ in how many frames a stack holds.
            let text = |line: &str| line.split_once(": ").map_or(line, |(_, text)| text).to_owned();
            frames.skip(3).map(text).collect::<Vec<_>>()
        });
        assert_eq!(here, there, "{variant}");
        assert!(here.len() > 40, "{here:?}");
    }
}

/// The end of `backtrace.c` that is the stack's.
const EXHAUSTED: u32 = 9;

#[test]
fn traps_of_functions_without_calls_have_callers() {
    for variant in Variant::CORNERS {
        let programs = Programs::new(&assemble(LEAVES), &invoked(variant));
        for (function, name) in ["divide", "convert", "stop", "fails"].iter().enumerate() {
            assert_ne!(programs.agree(&[&function.to_string(), "1"]).succeeded(), "");
            let outcome = programs.agree(&[&function.to_string(), "0"]);
            let frames: Vec<&str> = outcome.errors().lines().collect();
            let end = [name, "caller"].map(|name| format!(": {name} (")).into_iter();
            let told = frames.iter().rev().skip(1).zip(end.rev()).all(|(frame, name)| frame.contains(&name));
            assert!(frames.len() >= 4 && told, "{variant}: {outcome:?}");
            assert!(frames[frames.len() - 1].contains(": (function 6"), "{variant}: {outcome:?}");
        }
    }
}

#[test]
fn frames_of_every_size_end_in_the_guard() {
    for (values, variant) in [(1, Variant::PLAIN), (1000, Variant::DEFAULT), (15_000, Variant::PLAIN)] {
        let programs = Programs::new(&assemble(&recursion_with_frames_of(values)), &invoked(variant));
        assert_eq!(programs.agree(&["10"]).succeeded(), "", "{values} values");
        programs.agree(&["100000000"]).trapped("call stack exhausted");
    }
}

#[test]
fn c_programs_agree() {
    for name in ["conversions", "integers", "interpreter"] {
        let programs = Programs::new(&Source::new(name).module(), &Variant::DEFAULT.options());
        assert!(programs.agree(&[]).succeeded().lines().count() >= 9, "{name}");
    }
}

/// LLVM takes these choices for extrema of IEEE 754-2008, which give something else for signalling
/// NaNs and for zeros.
#[test]
fn choices_between_floats_are_no_extrema() {
    let text = r#"(module (memory 1)
        (data (i32.const 0) "\01\00\a0\7f\00\00\00\80\00\00\00\00\00\00\00\00")
        (func (export "run") (param i32) (result i32 i32 i64 i64) (local $x f32) (local $y f64) (local $v v128)
            (local.set $x (f32.load (local.get 0)))
            (local.set $y (f64.reinterpret_i64
                (i64.or (i64.const 0x7ff0000000000000) (i64.extend_i32_u (i32.load (local.get 0))))))
            (local.set $v (f32x4.pmax (v128.const i32x4 0 0x80000000 0 0x80000000) (v128.load (local.get 0))))
            (i32.reinterpret_f32 (select (local.get $x) (f32.const 1) (f32.gt (local.get $x) (f32.const 1))))
            (i32.reinterpret_f32 (select (local.get $x) (f32.const 2) (f32.lt (local.get $x) (f32.const 2))))
            (i64.reinterpret_f64 (select (local.get $y) (f64.const 3) (f64.gt (local.get $y) (f64.const 3))))
            (i64x2.extract_lane 0 (local.get $v))))"#;
    let programs = Programs::new(&assemble(text), &invoked(Variant::DEFAULT));
    let float = |number: f32| number.to_bits().to_string();
    let double = 3.0f64.to_bits().to_string();
    let zeros = (0x8000_0000_0000_0000_u64 as i64).to_string();
    let nan = programs.agree(&["0"]);
    assert_eq!(nan.succeeded(), format!("{}\n{}\n{double}\n{zeros}\n", float(1.0), float(2.0)));
    for place in ["4", "8"] {
        assert_eq!(programs.agree(&[place]).succeeded().lines().count(), 4);
    }
}

/// The least and the greatest of what is loaded from a place and itself or a constant, which some
/// have only when a function is inlined; of each shape the results' common bits.
fn module_of_extrema() -> String {
    let shapes = [
        ("f32", "i32.reinterpret_f32", "f32.load", "i32.and", "i32.const -1"),
        ("f64", "i64.reinterpret_f64", "f64.load offset=16", "i64.and", "i64.const -1"),
        ("f32x4", "v128.not", "v128.load", "v128.or", "v128.const i64x2 0 0"),
        ("f64x2", "v128.not", "v128.load offset=16", "v128.or", "v128.const i64x2 0 0"),
    ];
    let mut module = String::from(
        r#"(module (memory 1)
        (data (i32.const 0) "\01\00\a0\7f\02\00\a0\7f\03\00\a0\ff\04\00\a0\ff\01\00\00\00\00\00\f4\7f\02\00\00\00\00\00\f4\ff")
        (data (i32.const 32) "\00\00\00\40\00\00\80\ff\00\00\00\80\00\00\00\00\00\00\00\00\00\00\00\80\00\00\00\00\00\00\f0\7f")"#,
    );
    for (shape, bits, load, and, all) in shapes {
        let loaded = format!("({load} (local.get $place))");
        let (ty, scalar) = if shape.contains('x') { ("v128", &shape[..3]) } else { (shape, shape) };
        let mut common = format!("({all})");
        for name in ["min", "max"].map(|name| format!("{shape}.{name}")) {
            module += &format!(
                "(func ${name} (param {ty} {ty}) (result {ty}) ({name} (local.get 0) (local.get 1)))"
            );
            for number in ["inf", "-inf", "0", "-0", "1"] {
                let number = format!("({scalar}.const {number})");
                let number = if ty == "v128" { format!("({shape}.splat {number})") } else { number };
                for result in [
                    format!("({name} {loaded} {number})"),
                    format!("({name} {number} {loaded})"),
                    format!("(call ${name} {loaded} {number})"),
                    format!("(call ${name} {number} {loaded})"),
                    format!("({name} {loaded} {loaded})"),
                    format!("(call ${name} {loaded} {loaded})"),
                ] {
                    common = format!("({and} ({bits} {result}) {common})");
                }
            }
        }
        let result = if ty == "v128" { "v128" } else { if ty == "f32" { "i32" } else { "i64" } };
        module += &format!("(func $of_{shape} (param $place i32) (result {result}) {common})");
    }
    module
        + r#"(func (export "run") (param i32) (result i32 i64 i64 i64 i64 i64)
        (call $of_f32 (local.get 0)) (call $of_f64 (local.get 0))
        (i64x2.extract_lane 0 (call $of_f32x4 (local.get 0))) (i64x2.extract_lane 1 (call $of_f32x4 (local.get 0)))
        (i64x2.extract_lane 0 (call $of_f64x2 (local.get 0))) (i64x2.extract_lane 1 (call $of_f64x2 (local.get 0)))))"#
}

/// LLVM takes the lesser of a value and infinity or itself for the value, signalling or not.
#[test]
fn extrema_quiet_signalling_nans() {
    for variant in [Variant::DEFAULT, Variant::PLAIN] {
        let programs = Programs::new(&assemble(&module_of_extrema()), &invoked(variant));
        let quiet = programs.agree(&["0"]);
        let bits: Vec<i64> = quiet.succeeded().lines().map(|line| line.parse().unwrap()).collect();
        let [f32s, f64s, lanes @ ..] = &bits[..] else { panic!("{bits:x?}") };
        assert_eq!((f32s & 0x7fc0_0000, f64s >> 51 & 0xfff), (0x7fc0_0000, 0xfff), "{variant} {bits:x?}");
        let quiet_lanes = [0x7fc0_0000_7fc0_0000, 0x7fc0_0000_7fc0_0000, 0x7ff8 << 48, 0x7ff8 << 48];
        for (lanes, quiet) in lanes.iter().zip(quiet_lanes) {
            assert_eq!(lanes & quiet, 0, "{variant} {bits:x?}");
        }
        assert_eq!(programs.agree(&["32"]).succeeded().lines().count(), 6);
    }
}

/// Data far apart, growth to the byte, and accesses at both ends of what there is.
const PAGES: &str = r#"(module (memory 3 5)
    (data (i32.const 65530) "across two pages") (data (i32.const 196000) "\2a\00\00\00")
    (func (export "run") (param $step i32) (result i32 i32 i32)
        (i32.load (i32.const 196000))
        (memory.grow (i32.const 1))
        (block $done (result i32)
            (br_if $done (i32.load8_u (i32.const 262143)) (i32.eqz (local.get $step)))
            (i32.store8 (i32.const 262143) (i32.const 7))
            (drop)
            (i32.load8_u (i32.add (i32.const 262142) (local.get $step))))))"#;

/// The emulator tells programs of such pages and rounds what they map to them. It cannot show what
/// else a kernel with larger pages refuses: it protects memory by its own pages, of 4 KB.
#[test]
fn pages_of_every_size_do() {
    if !Machine::Aarch64.is_emulated() {
        eprintln!("not tested: a machine has pages of one size");
        return;
    }
    let new = |text: &str, variant| Programs::new(&assemble(text), &invoked(variant));
    let programs = [
        (new(PAGES, Variant::DEFAULT), ["0", "1", "2"].as_slice()),
        (new(PAGES, Variant::PLAIN), &["1", "2"]),
        (new(&recursion_with_frames_of(1000), Variant::DEFAULT), &["10", "100000000"]),
        (Programs::new(&Source::new("conversions").module(), &Variant::DEFAULT.options()), &["0"]),
    ];
    for (number, (programs, arguments)) in programs.iter().enumerate() {
        for &argument in *arguments {
            let mut command = Machine::Host.command(programs.path(Machine::Host));
            let expected = first_line_of_errors(execute(command.arg(argument), b""));
            for page in ["16384", "65536"] {
                let mut command = Machine::Aarch64.command(programs.path(Machine::Aarch64));
                let outcome = execute(command.arg(argument).env("QEMU_PAGESIZE", page), b"");
                assert_eq!(first_line_of_errors(outcome), expected, "program {number} {argument} {page}");
            }
        }
    }
}

fn first_line_of_errors(mut outcome: Outcome) -> Outcome {
    let end = outcome.errors().find('\n').unwrap_or(outcome.stderr.len());
    outcome.stderr.truncate(end);
    outcome
}

/// NEON has none: they are put together from products of halves.
#[test]
fn products_of_wide_lanes() {
    let text = r#"(module
        (func (export "run") (param $n i32) (result i64 i64 i64 i64) (local $a v128) (local $b v128)
            (local $sum v128) (local $extended v128)
            (local.set $a (v128.const i64x2 0x9e3779b97f4a7c15 -1))
            (local.set $b (v128.const i64x2 0xffffffff00000001 0x8000000080000001))
            (loop $again
                (local.set $sum (i64x2.add (local.get $sum) (i64x2.mul (local.get $a) (local.get $b))))
                (local.set $extended (v128.xor (local.get $extended) (i64x2.add
                    (i64x2.mul (i64x2.extend_low_i32x4_s (local.get $a)) (i64x2.extend_high_i32x4_s (local.get $b)))
                    (i64x2.mul (i64x2.extend_low_i32x4_u (local.get $b)) (i64x2.extend_low_i32x4_s (local.get $a))))))
                (local.set $a (i64x2.add (i64x2.mul (local.get $a) (v128.const i64x2 0x5851f42d4c957f2d 3))
                    (local.get $b)))
                (local.set $b (v128.xor (i64x2.shr_u (local.get $a) (i32.const 7)) (local.get $b)))
                (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (i64x2.extract_lane 0 (local.get $sum)) (i64x2.extract_lane 1 (local.get $sum))
            (i64x2.extract_lane 0 (local.get $extended)) (i64x2.extract_lane 1 (local.get $extended))))"#;
    for variant in [Variant::DEFAULT, Variant::PLAIN] {
        let programs = Programs::new(&assemble(text), &invoked(variant));
        for count in ["1", "2", "1000"] {
            assert_eq!(programs.agree(&[count]).succeeded().lines().count(), 4);
        }
    }
}

/// The number of the line of `debugged.c` with such a comment.
fn line_of(mark: &str) -> u32 {
    let text = include_str!("../programs/debugged.c");
    let line = text.lines().position(|line| line.ends_with(&format!("/* {mark} */")));
    line.unwrap_or_else(|| panic!("no {mark}")) as u32 + 1
}

/// `debugged.c`, compiled for both machines with `-g`, at each level of clang's and of ours.
fn debugged() -> impl Iterator<Item = (String, Programs)> {
    ["-O0", "-O2"].into_iter().flat_map(|module_level| {
        let source = Source::new("debugged").with_for_module("-g").with_for_module("--no-wasm-opt");
        let module = source.with(module_level).module();
        [Optimization::O0, Optimization::O2].map(|optimization| {
            let options = Options { optimization, debug: true, ..Variant::DEFAULT.options() };
            (format!("{module_level} {optimization:?}"), Programs::new(&module, &options))
        })
    })
}

#[test]
fn gdb_breaks_at_lines_and_walks_the_stack() {
    for (what, programs) in debugged() {
        let program = Debuggee::new(Machine::Aarch64, &programs.path(Machine::Aarch64), &[]);
        let place = format!("break debugged.c:{}", line_of("call of square"));
        let outcome = program.execute(&[&place], &["bt", "step", "bt 2", "delete", "continue"]);
        let text = outcome.text();
        assert!(text.contains("Breakpoint 1, visit ("), "{what} {outcome:?}");
        let frame = |number: u32, name: &str, lines: &[u32]| {
            let places: Vec<String> = lines.iter().map(|line| format!("debugged.c:{line}")).collect();
            let mut frames = text.lines().filter(|line| line.starts_with(&format!("#{number} ")));
            let found = frames
                .any(|line| line.contains(name) && places.iter().any(|place| line.ends_with(place.as_str())));
            assert!(found, "{what}: no {name} {places:?} {outcome:?}");
        };
        frame(0, " visit (", &[line_of("call of square")]);
        frame(1, " main (", &[line_of("call of visit")]);
        frame(0, " square (", &[line_of("square") - 1, line_of("square")]);
        frame(1, " visit (", &[line_of("call of square")]);
        assert!(text.contains("exited normally") && text.contains("greeting "), "{what} {outcome:?}");
    }
}

#[test]
fn gdb_prints_variables_as_on_this_machine() {
    const IN_THE_LOOP: [&str; 6] = ["p->value", "s", "total", "limit", "scale", "big"];
    const AT_THE_END: [&str; 7] =
        ["sum", "numbers[3]", "word.bits", "middle.value", "counter", "ratios[2]", "first.flag"];
    for (what, programs) in debugged() {
        let [here, there] = [Machine::Host, Machine::Aarch64].map(|machine| {
            let mut session = Session::new();
            session.break_at(&format!("debugged.c:{}", line_of("in the loop")));
            session.start();
            let mut asked = IN_THE_LOOP.map(|expression| session.value(expression)).to_vec();
            session.command("-break-delete");
            session.break_at(&format!("debugged.c:{}", line_of("at the end")));
            session.command("-exec-continue");
            asked.extend(AT_THE_END.map(|expression| session.value(expression)));
            let answers = session.run(Debuggee::new(machine, &programs.path(machine), &[]));
            asked.iter().map(|&number| answers.value(number)).collect::<Vec<_>>()
        });
        let values = there.iter().filter(|answer| matches!(answer, Answer::Value(_))).count();
        println!("{what}: {values} values");
        let least = if what == "-O0 O0" { IN_THE_LOOP.len() + AT_THE_END.len() } else { 6 };
        assert!(values >= least, "{what}: {there:?}");
        // Optimisation leaves different variables on different machines.
        if what.ends_with("O0") {
            assert_eq!(there, here, "{what}");
        }
    }
}

/// Executes a program for a CPU on another one.
fn on_cpu(target: Target, cpu: &str) -> Outcome {
    let folder = temporary_directory();
    let options = Options { target, ..Variant::DEFAULT.options() };
    let program = compile(&assemble(HELLO), &options, &folder.path().join("program"));
    execute(Machine::Aarch64.command(program).env("QEMU_CPU", cpu), b"")
}

#[test]
fn what_the_cpu_lacks_is_said_at_start() {
    if !Machine::Aarch64.is_emulated() {
        eprintln!("not tested: it takes an emulator to have two CPUs");
        return;
    }
    let target = |cpu: &str, features: &str| Target {
        cpu: cpu.into(),
        features: features.into(),
        ..Machine::Aarch64.target()
    };
    assert_eq!(on_cpu(target("generic", ""), "cortex-a57").succeeded(), "hello\n");
    assert_eq!(on_cpu(target("neoverse-n1", ""), "neoverse-n1").succeeded(), "hello\n");
    assert_eq!(on_cpu(target("neoverse-n1", "+sve,-sve"), "neoverse-n1").succeeded(), "hello\n");
    assert_eq!(on_cpu(Machine::Aarch64.richest_target(), "max").succeeded(), "hello\n");
    for (target, cpu, missing) in [
        (target("neoverse-n1", ""), "cortex-a57", "lse"),
        (target("neoverse-n1", ""), "cortex-a72", "lse"),
        (target("neoverse-v2", ""), "neoverse-n1", "complxnum"),
        (target("neoverse-n1", "+sve2"), "neoverse-n1", "sve"),
        (target("neoverse-v2", "+cssc,-lse2"), "max", "cssc"),
    ] {
        let outcome = on_cpu(target, cpu);
        let expected = format!(
            "wasmwright: this program needs a CPU with {missing} and this one has none: \
             compile it with another --target-cpu\n"
        );
        assert_eq!((outcome.code(), outcome.errors(), outcome.text()), (Some(1), &*expected, ""), "{cpu}");
    }
}
