//! Counts the machine instructions of every vector instruction.
//!
//! `simd_codegen/instructions.txt` lists each with its signature, the count of the best sequence
//! that we know for x86-64-v2, and the most that may come out for x86-64-v2, for x86-64-v3 and for
//! AArch64. An instruction that falls apart into lanes goes far beyond its bound. Moves between
//! vector registers and returns do not count: calling conventions make them, not instructions.
//!
//! `cargo test -p wasmwright-tests --test simd_codegen -- --nocapture` prints the counts as a
//! table, for the CPU of this machine too.

use std::collections::BTreeMap;
use std::fmt::Write;
use wasmwright_compiler::Compiler;
use wasmwright_compiler::options::{Emit, Options};
use wasmwright_compiler::target::{Architecture, Target};

const TABLE: &str = include_str!("simd_codegen/instructions.txt");

/// A line of the table.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// With its immediates.
    instruction: &'static str,
    /// Parameters and results, a letter each.
    signature: (&'static str, &'static str),
    /// The best sequence known for x86-64-v2.
    ideal: usize,
    /// What may come out: for x86-64-v2, x86-64-v3, AArch64.
    bounds: [usize; 3],
}

fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| row(line).unwrap_or_else(|| panic!("not a row: {line}"))).collect()
}

fn row(line: &'static str) -> Option<Row> {
    let fields: Vec<&'static str> = line.split('|').map(str::trim).collect();
    let [instruction, signature, counts] = fields[..] else { return None };
    let counts: Vec<usize> =
        counts.split_whitespace().map(|count| count.parse().ok()).collect::<Option<_>>()?;
    let [ideal, v2, v3, arm] = counts[..] else { return None };
    Some(Row { instruction, signature: signature.split_once(':')?, ideal, bounds: [v2, v3, arm] })
}

/// A module with a function for each row, all of which a table refers to, so that none of them
/// becomes part of another or goes.
fn module(rows: &[Row]) -> String {
    let names: String = (0..rows.len()).map(|index| format!(" $f{index}")).collect();
    let mut text = format!("(module (memory 1)\n(table (export \"t\") funcref (elem{names}))\n");
    for (index, row) in rows.iter().enumerate() {
        let (parameters, results) = row.signature;
        let operands: String = (0..parameters.len()).map(|local| format!(" (local.get {local})")).collect();
        let _ = writeln!(
            text,
            "(func $f{index} (param {}) (result {}) ({}{operands}))",
            types(parameters),
            types(results),
            row.instruction
        );
    }
    text + ")"
}

fn types(letters: &str) -> String {
    let name = |letter| match letter {
        'v' => "v128 ",
        'i' => "i32 ",
        'l' => "i64 ",
        'f' => "f32 ",
        'd' => "f64 ",
        other => panic!("no type has the letter {other}"),
    };
    letters.chars().map(name).collect()
}

/// The instructions of each function, by the number in its name.
fn compile(text: &str, target: Target) -> BTreeMap<usize, Vec<String>> {
    let options = Options { emit: Emit::Assembly, target, ..Options::default() };
    let artifact = Compiler::new(options).compile("table", text.as_bytes()).expect("the table compiles");
    let assembly = String::from_utf8(artifact.bytes().to_vec()).expect("assembly is text");
    let mut functions: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut current = None;
    for line in assembly.lines() {
        if let Some(label) = line.strip_suffix(':').filter(|label| !label.starts_with('.')) {
            current = label.strip_prefix('f').and_then(|name| name.split('.').next()?.parse().ok());
            if let Some(index) = current {
                functions.insert(index, Vec::new());
            }
        } else if let Some(index) = current
            && let Some(instruction) = counted(line)
        {
            functions.entry(index).or_default().push(instruction);
        }
    }
    functions
}

/// The instruction of a line, if it has one that counts.
fn counted(line: &str) -> Option<String> {
    let text = line.strip_prefix('\t')?.split(" #").next()?.split("//").next()?.trim();
    if text.is_empty() || text.starts_with(['.', '#']) {
        return None;
    }
    let (name, operands) = text.split_once('\t').unwrap_or((text, ""));
    let between_registers = !operands.contains(['(', '$', '[']);
    let moves = ["movaps", "movapd", "movdqa", "vmovaps", "vmovapd", "vmovdqa"].contains(&name)
        || name == "mov" && operands.starts_with('v') && operands.contains(".16b");
    let returns = ["ret", "retq", "vzeroupper"].contains(&name);
    (!(returns || moves && between_registers)).then(|| format!("{name} {operands}"))
}

fn x86(cpu: &str) -> Target {
    Target { cpu: cpu.into(), ..Target::baseline(Architecture::X86_64) }
}

fn aarch64(cpu: &str) -> Target {
    Target { cpu: cpu.into(), ..Target::baseline(Architecture::Aarch64) }
}

fn check(target: Target, column: usize) {
    let cpu = target.cpu.clone();
    let rows = rows();
    let functions = compile(&module(&rows), target);
    let mut complaints = String::new();
    for (index, row) in rows.iter().enumerate() {
        let code = &functions[&index];
        let calls = code.iter().any(|line| line.starts_with("call") || line.starts_with("bl "));
        if code.len() > row.bounds[column] || calls {
            let bound = row.bounds[column];
            let _ = writeln!(complaints, "{}: {} for at most {bound}: {code:?}", row.instruction, code.len());
        }
    }
    assert!(complaints.is_empty(), "instructions that became worse for {cpu}:\n{complaints}");
}

#[test]
fn x86_64_v2_has_the_known_counts() {
    check(x86("x86-64-v2"), 0);
}

#[test]
fn x86_64_v3_has_the_known_counts() {
    check(x86("x86-64-v3"), 1);
}

#[test]
fn aarch64_has_the_known_counts() {
    for cpu in ["generic", "neoverse-n1", "neoverse-v2"] {
        check(aarch64(cpu), 2);
    }
}

/// The table must not forget an instruction.
#[test]
fn every_vector_instruction_is_in_the_table() {
    macro_rules! vector_names {
        ($(@$proposal:ident $op:ident $({ $($argument:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
            [$((stringify!($proposal), stringify!($visit))),*]
        };
    }
    // `visit_i8x16_add_sat_s` is `i8x16.add_sat_s`.
    let plain = |name: &str| name.replace(['.', '_'], "");
    let names: Vec<String> = rows()
        .iter()
        .map(|row| plain(row.instruction.split_whitespace().next().expect("an instruction has a name")))
        .collect();
    let operators = wasmparser::for_each_operator!(vector_names);
    let vectors = operators.iter().filter(|(proposal, _)| ["simd", "relaxed_simd"].contains(proposal));
    let mut count = 0;
    for (_, visit) in vectors {
        let name = plain(visit.trim_start_matches("visit_"));
        // Neither is computed: a constant is what other instructions fold.
        if name != "v128const" {
            assert!(names.contains(&name), "{visit} is not in the table");
        }
        count += 1;
    }
    assert_eq!(count, 256, "vector instructions that wasmparser knows");
}

/// The table for people.
#[test]
fn print_the_table() {
    let rows = rows();
    let text = module(&rows);
    let counts = |target| compile(&text, target);
    let (v2, v3) = (counts(x86("x86-64-v2")), counts(x86("x86-64-v3")));
    let (native, arm) = (counts(Target::native()), counts(aarch64("generic")));
    let (neoverse_n1, neoverse_v2) = (counts(aarch64("neoverse-n1")), counts(aarch64("neoverse-v2")));
    println!("native: {}", Target::native().cpu);
    println!(
        "| instruction | ideal | x86-64-v2 | x86-64-v3 | native | AArch64 | Neoverse N1 | Neoverse V2 |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (index, row) in rows.iter().enumerate() {
        let count = |functions: &BTreeMap<usize, Vec<String>>| functions[&index].len();
        let (v2, v3, native, arm) = (count(&v2), count(&v3), count(&native), count(&arm));
        let (neoverse_n1, neoverse_v2) = (count(&neoverse_n1), count(&neoverse_v2));
        println!(
            "| {} | {} | {v2} | {v3} | {native} | {arm} | {neoverse_n1} | {neoverse_v2} |",
            row.instruction, row.ideal
        );
        assert!(v2 > 0 && native > 0, "{} became nothing", row.instruction);
    }
}
