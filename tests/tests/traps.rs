//! How programs end and begin: every trap with its message and status 134, the end of the stack,
//! start functions, reactors, invoked exports, and what the launcher grants.

use std::path::Path;
use std::time::Duration;
use wasmwright_compiler::options::{Entry, Grants, UnknownImports};
use wasmwright_compiler::{Compiler, Options};
use wasmwright_tests::process::spawn;
use wasmwright_tests::programs::{
    Outcome, Program, Source, TRAPS, Variant, assemble, command, command_within, execute, module_of_traps,
    recursion_with_frames_of, temporary_directory,
};

#[test]
fn every_trap_says_why_and_ends_with_134() {
    let text = module_of_traps();
    for variant in Variant::CORNERS {
        let program = Program::new(&assemble(&text), &variant.invoking_run());
        assert_eq!(program.run(&[&TRAPS.len().to_string()]).succeeded(), "", "{variant}");
        for (number, (body, message)) in TRAPS.iter().enumerate() {
            let outcome = program.run(&[&number.to_string()]);
            assert!(
                outcome.errors().lines().nth(1).is_some_and(|line| line.starts_with("  0: ")),
                "{outcome:?}"
            );
            assert!(outcome.errors().contains(message), "{variant} {body}: {outcome:?}");
            outcome.trapped(message);
        }
    }
}

#[test]
fn what_was_written_before_a_trap_stays() {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\08\00\00\00\06\00\00\00before")
        (func (export "_start")
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
            unreachable))"#;
    let outcome = Program::new(&assemble(text), &Variant::DEFAULT.options()).run(&[]);
    outcome.trapped("unreachable");
    assert_eq!(outcome.text(), "before");
}

#[test]
fn the_stack_ends_with_a_trap_whatever_the_frames() {
    // Frames of some bytes, of two pages, of several. Values that are alive across a call take the
    // optimiser's register allocation quadratic time, so frames of more than a hundred kilobytes
    // are tested without it.
    check_frames(1, "20000", &[Variant::DEFAULT, Variant::PLAIN]);
    check_frames(1000, "300", &[Variant::DEFAULT, Variant::PLAIN]);
    check_frames(2500, "100", &[Variant::DEFAULT]);
    check_frames(HUGE_FRAME, "20", &[Variant::PLAIN]);
}

/// Values of a frame of more than a hundred kilobytes.
const HUGE_FRAME: usize = 15_000;

/// Recursion that fits works, recursion that does not traps.
#[track_caller]
fn check_frames(values: usize, fits: &str, variants: &[Variant]) {
    let text = recursion_with_frames_of(values);
    for &variant in variants {
        let program = Program::new(&assemble(&text), &variant.invoking_run());
        assert_eq!(program.run(&[fits]).succeeded(), "", "{variant}, {values} values");
        program.run(&["100000000"]).trapped("call stack exhausted");
    }
}

#[test]
fn few_frames_that_do_not_fit_are_a_trap() {
    for (values, variant) in [(2500, Variant::DEFAULT), (HUGE_FRAME, Variant::PLAIN)] {
        let module = assemble(&recursion_with_frames_of(values));
        let entry = Entry::Invoke("run".into());
        let options = Options { entry, stack_bytes: Some(64 << 10), ..variant.options() };
        Program::new(&module, &options).run(&["5"]).trapped("call stack exhausted");
        let large = Options { stack_bytes: Some(4 << 20), ..options };
        assert_eq!(Program::new(&module, &large).run(&["5"]).succeeded(), "", "{variant}");
    }
}

#[test]
fn the_stack_is_as_large_as_asked() {
    let module = assemble(&recursion_with_frames_of(1));
    for variant in [Variant::DEFAULT, Variant::PLAIN] {
        let with_stack = |stack_bytes| Options {
            entry: Entry::Invoke("run".into()),
            stack_bytes: Some(stack_bytes),
            ..variant.options()
        };
        let large = Program::new(&module, &with_stack(512 << 20));
        assert_eq!(large.run(&["1000000"]).succeeded(), "", "{variant}");
        Program::new(&module, &with_stack(128 << 10)).run(&["100000"]).trapped("call stack exhausted");
    }
}

#[test]
fn a_loop_without_end_goes_on() {
    let bodies = [
        "(loop (br 0))",
        "(loop $l (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br $l)) unreachable",
    ];
    for body in bodies {
        let text = format!(r#"(module (func (export "run") (local i32) {body}))"#);
        let program = Program::new(&assemble(&text), &Variant::DEFAULT.invoking_run());
        let mut child = spawn(&mut command(program.path())).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(child.try_wait().unwrap(), None, "{body}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn start_functions_come_first_and_may_trap() {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (global $g (mut i32) (i32.const 1))
        (start $begin)
        (func $begin (global.set $g (i32.mul (global.get $g) (i32.const 10))))
        (func (export "_start") (call $exit (i32.add (global.get $g) (i32.const 7)))))"#;
    for variant in Variant::CORNERS {
        assert_eq!(Program::new(&assemble(text), &variant.options()).run(&[]).code(), Some(17), "{variant}");
    }
    let trapping = r#"(module (start 0) (func unreachable) (func (export "_start")))"#;
    Program::new(&assemble(trapping), &Variant::DEFAULT.options()).run(&[]).trapped("unreachable");
    let exiting = r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (start $begin) (func $begin (call $exit (i32.const 5))) (func (export "_start") unreachable))"#;
    assert_eq!(Program::new(&assemble(exiting), &Variant::DEFAULT.options()).run(&[]).code(), Some(5));
}

#[test]
fn segments_that_do_not_fit_trap_at_the_start() {
    for (segment, message) in [
        (r#"(memory 1) (data (i32.const 65530) "too long")"#, "out of bounds memory access"),
        (r#"(memory 0) (data (i32.const 0) "x")"#, "out of bounds memory access"),
        (r#"(memory 1) (data (i32.const -1) "")"#, "out of bounds memory access"),
        ("(table 1 funcref) (elem (i32.const 1) $f)", "out of bounds table access"),
    ] {
        let text = format!(r#"(module {segment} (func $f (export "_start")))"#);
        let outcome = Compiler::new(Variant::DEFAULT.options()).compile("program", &assemble(&text));
        assert!(outcome.is_ok(), "{segment}: a trap at the start is no error of the module");
        Program::new(&assemble(&text), &Variant::DEFAULT.options()).run(&[]).trapped(message);
    }
}

#[test]
fn reactors_are_initialized() {
    let text = r#"(module
        (memory (export "memory") 1)
        (global $ready (mut i32) (i32.const 0))
        (func (export "_initialize") (global.set $ready (i32.add (global.get $ready) (i32.const 1))))
        (func (export "run") (result i32) (global.get $ready)))"#;
    for variant in Variant::CORNERS {
        assert_eq!(
            Program::new(&assemble(text), &variant.invoking_run()).run(&[]).succeeded(),
            "1\n",
            "{variant}"
        );
    }
    // Without an entry to call it is initialised, and that is all.
    assert_eq!(Program::new(&assemble(text), &Variant::DEFAULT.options()).run(&[]).succeeded(), "");
    let trapping = text.replace("(global.set $ready (i32.add", "unreachable (global.set $ready (i32.add");
    Program::new(&assemble(&trapping), &Variant::DEFAULT.invoking_run()).run(&[]).trapped("unreachable");
    Program::new(&assemble(&trapping), &Variant::DEFAULT.options()).run(&[]).trapped("unreachable");
}

#[test]
fn exports_are_invoked_with_values_of_every_type() {
    let text = r#"(module
        (func (export "run") (param i32 i64 f32 f64) (result f64 f32 i64 i32 i32)
            (local.get 3) (local.get 2) (local.get 1) (local.get 0) (i32.add (local.get 0) (i32.const 1))))"#;
    for variant in Variant::CORNERS {
        let program = Program::new(&assemble(text), &variant.invoking_run());
        for (arguments, results) in [
            (["1", "2", "3.5", "4.25"], "4.25\n3.5\n2\n1\n2\n"),
            (["-1", "-9223372036854775808", "-0.5", "1e3"], "1000\n-0.5\n-9223372036854775808\n-1\n0\n"),
            (["0xff", "0x7fffffffffffffff", "inf", "-inf"], "-inf\ninf\n9223372036854775807\n255\n256\n"),
            (["4294967295", "18446744073709551615", "nan", "0.1"], "0.1\nNaN\n-1\n-1\n0\n"),
        ] {
            assert_eq!(program.run(&arguments).succeeded(), results, "{variant}");
        }
        for wrong in [
            &[][..],
            &["1", "2", "3"],
            &["x", "2", "3", "4"],
            &["1", "2", "3", "4,5"],
            &["4294967296", "2", "3", "4"],
        ] {
            let outcome = program.run(wrong);
            assert_eq!((outcome.code(), outcome.text()), (Some(1), ""), "{outcome:?}");
            assert_eq!(outcome.errors().lines().count(), 1, "{outcome:?}");
        }
    }
}

#[test]
fn unknown_imports_trap_by_name_when_they_are_called() {
    let text = r#"(module
        (import "env" "one" (func $one (param i32 f64) (result i64)))
        (import "some\20module" "two" (func $two))
        (func (export "run") (param i32)
            (if (i32.eq (local.get 0) (i32.const 1)) (then (drop (call $one (i32.const 1) (f64.const 2)))))
            (if (i32.eq (local.get 0) (i32.const 2)) (then (call $two)))))"#;
    let refused =
        Compiler::new(Options::default()).compile("program", &assemble(text)).unwrap_err().to_string();
    assert!(refused.contains("env.one") && refused.contains("some module.two"), "{refused}");
    for variant in Variant::CORNERS {
        let options = Options {
            entry: Entry::Invoke("run".into()),
            unknown_imports: UnknownImports::Trap,
            ..variant.options()
        };
        let program = Program::new(&assemble(text), &options);
        assert_eq!(program.run(&["0"]).succeeded(), "");
        program.run(&["1"]).trapped("unknown import: env.one");
        program.run(&["2"]).trapped("unknown import: some module.two");
    }
}

#[test]
fn functions_of_wasi_with_another_type_are_refused() {
    for import in [
        r#"(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32) (result i32)))"#,
        r#"(import "wasi_snapshot_preview1" "proc_exit" (func (param i32) (result i32)))"#,
        r#"(import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i32 i32) (result i32)))"#,
        r#"(import "wasi_snapshot_preview1" "sched_yield" (global i32))"#,
        r#"(import "wasi_unstable" "fd_close" (func (param i64) (result i32)))"#,
    ] {
        let text = format!(r#"(module {import} (func (export "_start")))"#);
        for unknown_imports in [UnknownImports::Error, UnknownImports::Trap] {
            let options = Options { unknown_imports, ..Options::default() };
            let error = Compiler::new(options).compile("program", &assemble(&text)).map(drop).unwrap_err();
            assert!(error.to_string().contains("wasi_"), "{import}: {error}");
        }
    }
}

/// The program that prints arguments and environment.
fn environment_program(grants: Grants) -> Program {
    Program::new(&Source::new("environment").module(), &Options { grants, ..Variant::DEFAULT.options() })
}

fn launched(program: &Program, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
    execute(command(program.path()).args(arguments).envs(variables.iter().copied()), b"")
}

#[test]
fn the_launcher_grants_variables_unless_sealed() {
    let ask = ["PROBE_A", "PROBE_B", "PROBE_C", "WASMWRIGHT_ENV", "WASMWRIGHT_DIR", "HOME"];
    let variables = [
        ("WASMWRIGHT_ENV", "PROBE_A=from launch\n\nPROBE_B\nPROBE_ABSENT\nWASMWRIGHT_X=1"),
        ("PROBE_B", "host"),
        ("HOME", "/home"),
    ];
    let compiled_in = vec![
        ("PROBE_A".to_owned(), Some("compiled".to_owned())),
        ("PROBE_C".to_owned(), Some("c".to_owned())),
    ];
    let grants = Grants { variables: compiled_in, ..Grants::default() };

    let open = launched(&environment_program(grants.clone()), &variables, &ask);
    for line in [
        "`PROBE_A` from launch",
        "`PROBE_B` host",
        "`PROBE_C` c",
        "`WASMWRIGHT_ENV` (unset)",
        "`HOME` (unset)",
        "3 probes",
    ] {
        assert!(open.text().contains(line), "{line}: {open:?}");
    }
    let sealed = launched(&environment_program(Grants { sealed: true, ..grants }), &variables, &ask);
    for line in ["`PROBE_A` compiled", "`PROBE_B` (unset)", "`PROBE_C` c", "2 probes"] {
        assert!(sealed.text().contains(line), "{line}: {sealed:?}");
    }
    let inheriting = environment_program(Grants { inherit_environment: true, ..Grants::default() });
    let inherited = launched(&inheriting, &variables, &ask);
    for line in ["`PROBE_A` from launch", "`PROBE_B` host", "`WASMWRIGHT_ENV` (unset)", "`HOME` /home"] {
        assert!(inherited.text().contains(line), "{line}: {inherited:?}");
    }
}

#[test]
fn malformed_grants_end_the_program_before_it_starts() {
    let program = environment_program(Grants::default());
    let file = tempfile::NamedTempFile::new().unwrap();
    let no_directory = file.path().to_str().unwrap();
    for (name, value) in [
        ("WASMWRIGHT_ENV", "=value"),
        ("WASMWRIGHT_DIR", "/tmp::"),
        ("WASMWRIGHT_DIR", "::/guest"),
        ("WASMWRIGHT_DIR", "/tmp:wrong"),
        ("WASMWRIGHT_DIR", "/tmp::/a::/b"),
        ("WASMWRIGHT_DIR", "/does/not/exist"),
        ("WASMWRIGHT_DIR", no_directory),
    ] {
        let outcome = launched(&program, &[(name, value)], &[]);
        assert_eq!((outcome.code(), outcome.text()), (Some(1), ""), "{name}={value}: {outcome:?}");
        assert!(
            outcome.errors().starts_with("wasmwright: ") && outcome.errors().lines().count() == 1,
            "{outcome:?}"
        );
    }
}

#[test]
fn the_launcher_grants_directories_unless_sealed() {
    let folder = temporary_directory();
    let host = folder.path().join("with:colon");
    std::fs::create_dir(&host).unwrap();
    let escaped = host.to_str().unwrap().replace(':', "\\:");
    let module = Source::new("wasi/preopens").module();
    let program = |sealed| {
        let grants = Grants { sealed, ..Grants::default() };
        Program::new(&module, &Options { grants, ..Variant::DEFAULT.options() })
    };
    let variables = [("WASMWRIGHT_DIR", format!("{escaped}::/a\n{escaped}::b:ro\n{escaped}"))];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let expected = format!("3 /a\n4 b\n5 {}\n", host.display());
    assert_eq!(launched(&program(false), &variables, &[]).succeeded(), expected);
    assert_eq!(launched(&program(true), &variables, &[]).succeeded(), "");
}

#[test]
fn a_program_knows_itself_by_the_name_it_was_started_with() {
    let module = Source::new("wasi/name").module();
    let program = Program::new(&module, &Variant::DEFAULT.options());
    let name = program.path().to_str().unwrap().to_owned();
    assert_eq!(program.run(&[]).succeeded(), format!("{name}\n"));
    let linked = program.path().with_file_name("another name");
    std::os::unix::fs::symlink(program.path(), &linked).unwrap();
    let outcome = execute(&mut command(&linked), b"");
    assert_eq!(outcome.succeeded(), format!("{}\n", linked.display()));
}

#[test]
fn a_reservation_that_is_refused_names_the_remedy() {
    let text = r#"(module (memory 1) (func (export "_start") (i32.store (i32.const 0) (i32.const 1))))"#;
    let limited = |program: &Path| execute(&mut command_within(1_000_000, program), b"");
    let program = |variant: Variant| Program::new(&assemble(text), &variant.options());
    let guarded = limited(program(Variant::DEFAULT).path());
    assert!(
        guarded.code() == Some(1) && guarded.errors().contains("--bounds-checks=explicit"),
        "{guarded:?}"
    );
    assert_eq!(limited(program(Variant::PLAIN).path()).succeeded(), "");
}
