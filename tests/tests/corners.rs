//! Modules at the edges of what is valid: very many, very long, very deep, very strange. Each is
//! compiled, within a time, and executed; what is refused is refused with a message.

use std::fmt::Write;
use std::time::{Duration, Instant};
use wasmwright_compiler::options::Entry;
use wasmwright_compiler::{Compiler, Error, Options};
use wasmwright_tests::programs::{
    Outcome, Variant, assemble, command, compile, execute, temporary_directory,
};

/// Far more than any of these takes alone; what is quadratic in the wrong place takes longer.
const COMPILATION_LIMIT: Duration = Duration::from_secs(180);

/// Compiles text, calls its export `run` once for each list of arguments, and hands the outcome
/// over, for each variant of the tier.
#[track_caller]
fn each(text: &str, calls: &[&[&str]], check: impl Fn(usize, Outcome)) {
    let module = assemble(text);
    for variant in Variant::selected() {
        let folder = temporary_directory();
        let options = Options { entry: Entry::Invoke("run".into()), ..variant.options() };
        let start = Instant::now();
        let program = compile(&module, &options, &folder.path().join("program"));
        assert!(start.elapsed() < COMPILATION_LIMIT, "{variant}: compiled for {:?}", start.elapsed());
        for (number, arguments) in calls.iter().enumerate() {
            check(number, execute(command(&program).args(*arguments), b""));
        }
    }
}

/// Asserts the results of some calls of `run`.
#[track_caller]
fn gives(text: &str, calls: &[(&[&str], &str)]) {
    let arguments: Vec<&[&str]> = calls.iter().map(|(arguments, _)| *arguments).collect();
    each(text, &arguments, |number, outcome| {
        assert_eq!(outcome.succeeded(), calls[number].1, "{:?}", calls[number].0);
    });
}

/// Asserts that the module is compiled or refused, in time, without an internal error; the error.
#[track_caller]
fn ends(module: &[u8]) -> Option<String> {
    let start = Instant::now();
    let result = Compiler::new(Variant::DEFAULT.options()).compile("program", module);
    assert!(start.elapsed() < COMPILATION_LIMIT, "compiled for {:?}", start.elapsed());
    let error = result.err()?;
    assert!(!matches!(error, Error::Internal(_) | Error::Link(_)), "{error}");
    Some(error.to_string())
}

/// `times` pieces of text made from their numbers.
fn repeated(times: usize, piece: impl Fn(usize) -> String) -> String {
    (0..times).map(piece).collect()
}

#[test]
fn a_table_of_ten_thousand_branches() {
    let targets = repeated(10_000, |index| format!(" {}", index % 5));
    let text = format!(
        r#"(module (func (export "run") (param i32) (result i32)
            (block (block (block (block (block
                (br_table {targets} 0 (local.get 0)))
                (return (i32.const 10))) (return (i32.const 11))) (return (i32.const 12))) (return (i32.const 13)))
            (i32.const 14)))"#
    );
    gives(
        &text,
        &[(&["0"], "10\n"), (&["3"], "13\n"), (&["9999"], "14\n"), (&["10000"], "10\n"), (&["-1"], "10\n")],
    );
}

#[test]
fn a_branch_to_each_of_two_thousand_blocks() {
    const DEPTH: usize = 2000;
    let targets = repeated(DEPTH, |index| format!(" {index}"));
    let ends =
        repeated(DEPTH, |index| format!("end local.get 1 i32.const {} i32.add local.set 1\n", index % 7));
    let text = format!(
        r#"(module (func (export "run") (param i32) (result i32) (local i32)
            {} local.get 0 br_table {targets} 0 {ends} local.get 1))"#,
        "block\n".repeat(DEPTH)
    );
    let from = |start: usize| (start..DEPTH).map(|index| index % 7).sum::<usize>();
    gives(
        &text,
        &[
            (&["0"], &format!("{}\n", from(0))),
            (&["1000"], &format!("{}\n", from(1000))),
            (&["1999"], &format!("{}\n", from(1999))),
            (&["5000"], &format!("{}\n", from(0))),
        ],
    );
}

#[test]
fn ten_thousand_nested_blocks_and_loops_and_thousands_of_ifs() {
    // LLVM takes quadratic time to simplify nested branches.
    for (depth, open, close) in [
        (10_000, "block (result i32)", "end"),
        (10_000, "loop (result i32)", "end"),
        (2_000, "local.get 0 if (result i32)", "else i32.const 0 end"),
    ] {
        let text = format!(
            r#"(module (func (export "run") (param i32) (result i32) {} i32.const 42 {}))"#,
            format!("{open}\n").repeat(depth),
            format!("{close}\n").repeat(depth)
        );
        gives(&text, &[(&["1"], "42\n")]);
    }
}

#[test]
fn a_hundred_thousand_nested_blocks_end() {
    let text = format!("(module (func {} {}))", "block\n".repeat(100_000), "end\n".repeat(100_000));
    ends(&assemble(&text));
}

#[test]
fn a_thousand_parameters_results_and_fifty_thousand_locals() {
    let parameters = "i64 ".repeat(1000);
    let values = repeated(1000, |index| format!("(i64.const {index})"));
    let sum = repeated(1000, |index| {
        format!("(local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 3)) (local.get {index})))")
    });
    let back = repeated(1000, |index| format!("(local.get {})", 999 - index));
    let drops = "drop ".repeat(998);
    let text = format!(
        r#"(module
            (type $wide (func (param {parameters}) (result i64)))
            (table 1 funcref) (elem (i32.const 0) $sum)
            (func $sum (type $wide) (local $sum i64) {sum} (local.get $sum))
            (func $reverse (param {parameters}) (result {parameters}) {back})
            (func (export "run") (result i64 i64 i64 i64)
                (call $sum {values})
                (call_indirect (type $wide) {values} (i32.const 0))
                (call $reverse {values}) {drops}))"#
    );
    let mut sum: i64 = 0;
    (0..1000).for_each(|index| sum = sum.wrapping_mul(3).wrapping_add(index));
    gives(&text, &[(&[], &format!("{sum}\n{sum}\n999\n998\n"))]);

    let text = format!(
        r#"(module (func (export "run") (param i32) (result i32) (local {})
            (local.set 49000 (local.get 0)) (i32.add (local.get 49000) (local.get 12345))))"#,
        "i32 ".repeat(49_999)
    );
    gives(&text, &[(&["77"], "77\n")]);
}

#[test]
fn up_to_twenty_results_of_every_type() {
    const TYPES: [(&str, &str); 4] =
        [("i32", "i32.const"), ("i64", "i64.const"), ("f32", "f32.const"), ("f64", "f64.const")];
    for count in 0..=20 {
        let types = repeated(count, |index| format!("{} ", TYPES[index % 4].0));
        let values = repeated(count, |index| format!("({} {index})", TYPES[index % 4].1));
        let text = format!(
            r#"(module
                (type $many (func (result {types})))
                (table 1 funcref) (elem (i32.const 0) $make)
                (func $make (type $many) {values})
                (func $pass (param i32) (result {types})
                    (block (type $many) (if (type $many) (local.get 0) (then (call $make)) (else (call_indirect (type $many) (i32.const 0))))))
                (func (export "run") (param i32) (result {types})
                    (loop (type $many) (call $pass (local.get 0)))))"#
        );
        let expected = repeated(count, |index| format!("{index}\n"));
        gives(&text, &[(&["0"], &expected), (&["1"], &expected)]);
    }
}

#[test]
fn a_megabyte_of_data_and_ten_thousand_segments() {
    // Numbers that no run-length coding makes small.
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let bytes: Vec<u8> = (0..1 << 20).map(|_| next()).collect();
    let literal = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "\\{byte:02x}").unwrap();
            text
        })
    };
    let small = repeated(10_000, |index| {
        format!("(data (i32.const {}) \"{}\")", 2_000_000 + index * 5, literal(&bytes[index..index + 3]))
    });
    let text = format!(
        r#"(module (memory 64)
            (data (i32.const 1000) "{}") {small}
            (data (i32.const 4194300) "tail")
            (func (export "run") (param $at i32) (param $end i32) (result i32) (local $sum i32)
                (loop $next
                    (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load8_u (local.get $at))))
                    (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $end))))
                (local.get $sum)))"#,
        literal(&bytes)
    );
    let mut memory = vec![0u8; 64 << 16];
    memory[1000..1000 + bytes.len()].copy_from_slice(&bytes);
    for index in 0..10_000 {
        memory[2_000_000 + index * 5..][..3].copy_from_slice(&bytes[index..index + 3]);
    }
    memory[4_194_300..].copy_from_slice(b"tail");
    let sum = |start: usize, end: usize| {
        let sum =
            memory[start..end].iter().fold(0u32, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        format!("{}\n", sum as i32)
    };
    gives(
        &text,
        &[
            (&["0", "4194304"], &sum(0, 4_194_304)),
            (&["999", "1100000"], &sum(999, 1_100_000)),
            (&["2000000", "2050001"], &sum(2_000_000, 2_050_001)),
        ],
    );
}

#[test]
fn segments_overlap_in_their_order() {
    let text = r#"(module (memory 1)
        (data (i32.const 0) "aaaaaaaa") (data (i32.const 2) "bbb") (data (i32.const 3) "c") (data (i32.const 8) "")
        (func (export "run") (result i64) (i64.load (i32.const 0))))"#;
    gives(text, &[(&[], &format!("{}\n", i64::from_le_bytes(*b"aabcbaaa")))]);
}

#[test]
fn memories_grow_to_the_cap() {
    let text = r#"(module (memory 1)
        (func (export "run") (param i32) (result i32 i32 i32 i32)
            (memory.grow (i32.sub (local.get 0) (i32.const 1)))
            (if (i32.eq (local.get 0) (memory.size)) (then
                (i32.store8 (i32.sub (i32.mul (local.get 0) (i32.const 65536)) (i32.const 1)) (i32.const 99))))
            (memory.size)
            (memory.grow (i32.const -1))
            (i32.load8_u (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)))))"#;
    gives(
        text,
        &[
            (&["2"], "1\n2\n-1\n99\n"),
            (&["32768"], "1\n32768\n-1\n99\n"),
            (&["65535"], "1\n65535\n-1\n99\n"),
            (&["65537"], "-1\n1\n-1\n0\n"),
            (&["1000000"], "-1\n1\n-1\n0\n"),
        ],
    );
    let declared = r#"(module (memory 1 3)
        (func (export "run") (result i32 i32 i32) (memory.grow (i32.const 3)) (memory.grow (i32.const 2)) (memory.grow (i32.const 1))))"#;
    gives(declared, &[(&[], "-1\n1\n-1\n")]);
    let none = r#"(module (memory 0) (func (export "run") (result i32 i32)
        (memory.grow (i32.const 1)) (i32.load (i32.const 65532))))"#;
    gives(none, &[(&[], "0\n0\n")]);
}

#[test]
fn a_memory_of_all_four_gibibytes_is_refused_or_works() {
    let text = r#"(module (memory 65536) (func (export "_start") (i32.store (i32.const -4) (i32.const 1))))"#;
    if let Some(error) = ends(&assemble(text)) {
        assert!(error.contains("memory") && error.contains("65535"), "{error}");
        return;
    }
    let folder = temporary_directory();
    let program = compile(&assemble(text), &Variant::DEFAULT.options(), &folder.path().join("program"));
    let outcome = execute(&mut command(program), b"");
    assert!(
        outcome.code() == Some(0) || (outcome.code() == Some(1) && outcome.errors().contains("memory")),
        "{outcome:?}"
    );
}

/// Each page is touched that a gibibyte of real memory allows, the last byte too.
#[test]
fn six_gibibytes_of_a_64_bit_memory() {
    let (bytes, step) = (6u64 << 30, 1u64 << 20);
    let text = format!(
        "(module (memory i64 {pages} {pages}) (func (export \"run\") (result i64) (local $at i64) (local $sum i64)
            (loop $write
                (i64.store (local.get $at) (i64.add (local.get $at) (i64.const 1)))
                (local.set $at (i64.add (local.get $at) (i64.const {step})))
                (br_if $write (i64.lt_u (local.get $at) (i64.const {bytes}))))
            (i64.store8 (i64.const {last}) (i64.const 200))
            (local.set $at (i64.const 0))
            (loop $read
                (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $at))))
                (local.set $at (i64.add (local.get $at) (i64.const {step})))
                (br_if $read (i64.lt_u (local.get $at) (i64.const {bytes}))))
            (i64.add (local.get $sum) (i64.load8_u (i64.const {last})))))",
        pages = bytes >> 16,
        last = bytes - 1,
    );
    let sum: u64 = (0..bytes).step_by(step as usize).map(|at| at + 1).sum::<u64>() + 200;
    gives(&text, &[(&[], &format!("{sum}\n"))]);
}

#[test]
fn ten_thousand_nested_protected_blocks_and_calls() {
    const DEPTH: usize = 10_000;
    let blocks = repeated(DEPTH, |number| {
        let tag = if number == 0 { "$t" } else { "$other" };
        format!("(try_table (catch {tag} $h) (call $f (i32.const 0))\n")
    });
    let ends = ")".repeat(DEPTH);
    let text = format!(
        "(module (tag $t) (tag $other) (func $f (param i32) (if (local.get 0) (then (throw $t))))
            (func (export \"run\") (param i32) (result i32)
                (block $h {blocks} (call $f (local.get 0)){ends} (return (i32.const 1))) (i32.const 2)))"
    );
    gives(&text, &[(&["0"], "1\n"), (&["1"], "2\n")]);
}

#[test]
fn tables_of_ten_million_elements() {
    let text = r#"(module
        (type $number (func (result i32)))
        (table $t 10000000 funcref) (table $u 1 10000000 externref)
        (elem (table $t) (i32.const 9999999) func $f)
        (func $f (type $number) (i32.const 42))
        (func (export "run") (param i32) (result i32 i32 i32 i32)
            (table.set $t (local.get 0) (table.get $t (i32.const 9999999)))
            (call_indirect $t (type $number) (local.get 0))
            (table.size $t)
            (table.grow $u (ref.null extern) (i32.const 9999999))
            (table.grow $u (ref.null extern) (i32.const 1))))"#;
    gives(text, &[(&["0"], "42\n10000000\n1\n-1\n"), (&["5000000"], "42\n10000000\n1\n-1\n")]);
}

#[test]
fn ten_thousand_functions_called_through_a_table() {
    let functions = repeated(10_000, |index| {
        format!("(func $f{index} (param i32) (result i32) (i32.add (local.get 0) (i32.const {index})))")
    });
    let names = repeated(10_000, |index| format!(" $f{index}"));
    let text = format!(
        r#"(module (type $t (func (param i32) (result i32))) (table 10000 funcref) (elem (i32.const 0) {names}) {functions}
            (func (export "run") (result i32) (local $i i32) (local $sum i32)
                (loop $next
                    (local.set $sum (call_indirect (type $t) (local.get $sum) (local.get $i)))
                    (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10000))))
                (local.get $sum)))"#
    );
    gives(&text, &[(&[], "49995000\n")]);
}

#[test]
fn a_block_of_a_hundred_thousand_instructions() {
    let body = repeated(20_000, |index| {
        format!("(local.set 0 (i32.xor (i32.mul (local.get 0) (i32.const 3)) (i32.const {index})))")
    });
    let text = format!(r#"(module (func (export "run") (param i32) (result i32) {body} (local.get 0)))"#);
    let mut expected = 5i32;
    (0..20_000).for_each(|index| expected = expected.wrapping_mul(3) ^ index);
    gives(&text, &[(&["5"], &format!("{expected}\n"))]);
}

#[test]
fn names_are_no_symbols() {
    // Names of the C library, of the runtime, of the linker; empty, with zeros, not ASCII, very long.
    let names = [
        "memcpy",
        "malloc",
        "pow",
        "floor",
        "main",
        "_end",
        "_GLOBAL_OFFSET_TABLE_",
        "__stack_chk_fail",
        "wasmwright_program",
        "wasmwright_entry_command",
        "wasmwright_trap_unreachable",
        "",
        "\\00",
        "a\\00b",
        "a\\0ab",
        "\\22quoted\\22",
        "../../x",
        "%s%n",
        "\u{1F600}",
        "\\e2\\80\\aex",
        "$",
        ".text",
        "a b",
        "-o",
        "@version@@1",
    ];
    let exports = repeated(names.len(), |index| {
        format!(r#"(func (export "{}") (result i32) (i32.const {index}))"#, names[index])
    });
    let long = "n".repeat(100_000);
    let text = format!(
        r#"(module {exports} (func $memset (export "{long}")) (func $strlen (export "memset") (export "free") (export "exit") (call $memset))
            (memory (export "memory") 1) (global (export "errno") (mut i32) (i32.const 3)) (table (export "environ") 1 funcref)
            (func $abort (export "run") (param i32) (result f64) (f64.sqrt (f64.convert_i32_s (local.get 0)))))"#
    );
    gives(&text, &[(&["16"], "4\n")]);
    for (index, name) in ["memcpy", "main", "", "%s%n", "\u{1F600}", "-o", "a b"].iter().enumerate() {
        let folder = temporary_directory();
        let options = Options { entry: Entry::Invoke((*name).into()), ..Variant::DEFAULT.options() };
        let program = compile(&assemble(&text), &options, &folder.path().join("program"));
        let number = names.iter().position(|other| other == name);
        let expected = format!("{}\n", number.unwrap());
        assert_eq!(execute(&mut command(program), b"").succeeded(), expected, "{index}: `{name}`");
    }
}

#[test]
fn an_entry_that_is_not_there_is_refused() {
    let module = assemble(r#"(module (func (export "there")) (memory (export "memory") 1))"#);
    for name in ["not there", "memory", ""] {
        let options = Options { entry: Entry::Invoke(name.into()), ..Options::default() };
        let error = Compiler::new(options).compile("program", &module).map(drop).unwrap_err();
        assert!(!matches!(error, Error::Internal(_)) && error.to_string().contains(name), "{error}");
    }
    for wrong in
        [r#"(func (export "_start") (param i32))"#, r#"(func (export "_start") (result i32) (i32.const 1))"#]
    {
        let error = ends(&assemble(&format!("(module {wrong})")));
        assert!(error.as_ref().is_some_and(|error| error.contains("_start")), "{wrong}: {error:?}");
    }
}

#[test]
fn exported_mutable_globals_and_functions_under_two_names() {
    let text = r#"(module
        (global $g (export "g") (export "g2") (mut i64) (i64.const -5))
        (global $h (export "h") f32 (f32.const 1.5)) (global $i i64 (i64.const 7))
        (func $inc (export "inc") (export "inc2") (result i64) (global.set $g (i64.add (global.get $g) (i64.const 1))) (global.get $g))
        (func (export "run") (result i64 i64 f32 i64) (call $inc) (call $inc) (global.get $h) (global.get $i)))"#;
    gives(text, &[(&[], "-4\n-3\n1.5\n7\n")]);
}

#[test]
fn code_that_is_never_reached_is_no_trouble() {
    let text = r#"(module (memory 1) (table 1 funcref)
        (func (export "run") (param i32) (result i32)
            (block (result i32)
                (br 0 (i32.const 1))
                (i32.add) (drop) (call_indirect (param i32) (result i32)) (br_table 0 0 0)
                (loop (result i32) (unreachable) (i64.store) (memory.grow) (if (result i32) (then (i32.const 1)) (else (br 1)))))
            (return (i32.add (local.get 0)))
            (select) (i32.trunc_f32_s)))"#;
    gives(text, &[(&["41"], "42\n")]);
}

#[test]
fn loads_whose_value_nobody_wants_trap() {
    let text = r#"(module (memory 1)
        (func $unused (param i32) (local i32) (local.set 1 (i32.load (local.get 0))))
        (func (export "run") (param i32 i32)
            (if (i32.eq (local.get 0) (i32.const 0)) (then (drop (i32.load (local.get 1)))))
            (if (i32.eq (local.get 0) (i32.const 1)) (then (call $unused (local.get 1))))
            (if (i32.eq (local.get 0) (i32.const 2)) (then (drop (i64.add (i64.load32_u (local.get 1)) (i64.const 1)))))
            (if (i32.eq (local.get 0) (i32.const 3)) (then (drop (f64.load offset=0xffffffff (local.get 1)))))
            (if (i32.eq (local.get 0) (i32.const 4)) (then (drop (i32.div_s (i32.const 1) (local.get 1)))))
            (if (i32.eq (local.get 0) (i32.const 5)) (then (drop (i32.trunc_f32_s (f32.reinterpret_i32 (local.get 1))))))))"#;
    let calls: [&[&str]; 6] =
        [&["0", "-1"], &["1", "65533"], &["2", "0x80000000"], &["3", "0"], &["4", "0"], &["5", "0x7fc00000"]];
    each(text, &calls, |number, outcome| {
        outcome.trapped(
            ["out of bounds memory access", "integer divide by zero", "invalid conversion to integer"]
                [number.saturating_sub(3)],
        );
    });
}

#[test]
fn accesses_across_the_end_trap() {
    let text = r#"(module (memory 1)
        (func (export "run") (param i32 i32) (result i64)
            (if (local.get 0) (then (i64.store (local.get 1) (i64.const -1))))
            (i64.load (local.get 1))))"#;
    let calls: Vec<[String; 2]> =
        (65528..=65537).flat_map(|at| ["0", "1"].map(|what| [what.into(), at.to_string()])).collect();
    let calls: Vec<[&str; 2]> = calls.iter().map(|call| call.each_ref().map(String::as_str)).collect();
    let calls: Vec<&[&str]> = calls.iter().map(<[&str; 2]>::as_slice).collect();
    each(text, &calls, |number, outcome| match number {
        0 => assert_eq!(outcome.succeeded(), "0\n"),
        1 => assert_eq!(outcome.succeeded(), "-1\n"),
        _ => outcome.trapped("out of bounds memory access"),
    });
}

#[test]
fn modules_with_next_to_nothing() {
    for text in [
        "(module)",
        "(module (memory 0))",
        "(module (table 0 funcref))",
        "(module (func))",
        "(module (type (func)))",
        r#"(module (memory (export "m") 0 0))"#,
    ] {
        assert_eq!(ends(&assemble(text)), None, "{text}");
        let folder = temporary_directory();
        let program = compile(&assemble(text), &Variant::DEFAULT.options(), &folder.path().join("program"));
        assert_eq!(execute(&mut command(program), b"").succeeded(), "", "{text}");
    }
}
