//! Programs whose variables a debugger shows and that print the same values themselves.

use crate::debugger::{Answer, Debuggee, Session};
use crate::machine::Machine;
use crate::programs::{Outcome, Variant, command, execute};
use object::{Object, ObjectSection};
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmwright_compiler::Options;
use wasmwright_compiler::options::Optimization;

/// Levels of the module's compiler, with each of which both levels of ours are tried.
pub const MODULE_LEVELS: [&str; 2] = ["-O0", "-O2"];
/// Those of ours.
pub const OUR_LEVELS: [Optimization; 2] = [Optimization::O0, Optimization::O2];

/// Options of `-g` at a level.
pub fn with_level(optimization: Optimization) -> Options {
    Options { optimization, debug: true, ..Variant::DEFAULT.options() }
}

/// The file of a program.
pub fn source_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(name)
}

/// The number of the line with such a comment.
pub fn line_of(source: &Path, mark: &str) -> u32 {
    let text = std::fs::read_to_string(source).unwrap();
    let line = text.lines().position(|line| line.ends_with(&format!("/* {mark} */")));
    line.unwrap_or_else(|| panic!("no {mark}")) as u32 + 1
}

/// What gdb says to these commands, of which one is `run` with the program's arguments.
#[track_caller]
pub fn gdb(program: &Path, commands: &[&str]) -> Outcome {
    let run = commands.iter().position(|command| command.starts_with("run"));
    let run = run.expect("a program that is debugged runs");
    let arguments: Vec<&str> = commands[run].split_whitespace().skip(1).collect();
    let debuggee = Debuggee::new(Machine::selected(), program, &arguments);
    debuggee.execute(&commands[..run], &commands[run + 1..])
}

/// Checks that every part of an executable's debug information is as it should be; how many units of
/// ours it has.
pub fn verify(program: &Path) -> usize {
    let mut dwarfdump = Command::new("llvm-dwarfdump-22");
    let outcome = execute(dwarfdump.arg("--verify").arg("--quiet").arg(program), b"");
    assert!(outcome.code() == Some(0), "(apt-get install llvm-22)\n{outcome:?}");
    let bytes = std::fs::read(program).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let section = |id: gimli::SectionId| {
        let data = file.section_by_name(id.name()).and_then(|section| section.data().ok());
        Ok::<_, gimli::Error>(gimli::EndianSlice::new(data.unwrap_or_default(), gimli::LittleEndian))
    };
    let dwarf = gimli::Dwarf::load(section).unwrap();
    let (mut units, mut entries_read, mut units_of_code) = (dwarf.units(), 0, 0);
    while let Some(header) = units.next().unwrap() {
        let unit = dwarf.unit(header).unwrap();
        units_of_code += usize::from(unit.name.is_some_and(|name| name.slice() == b"wasm"));
        let mut entries = unit.entries();
        while entries.next_dfs().unwrap().is_some() {
            entries_read += 1;
        }
        let Some(lines) = unit.line_program.clone() else { continue };
        let mut rows = lines.rows();
        while let Some((_, row)) = rows.next_row().unwrap() {
            assert_eq!(row.discriminator(), 0, "positions are nobody's but ours");
        }
    }
    assert!(entries_read > 0);
    units_of_code
}

/// What a program says of an expression that it prints after a name.
fn printed<'t>(output: &'t str, expression: &str) -> Vec<&'t str> {
    output.lines().filter_map(|line| line.strip_prefix(expression)?.strip_prefix(' ')).collect()
}

/// Whether a value of gdb is that which a program printed: texts without their address, numbers
/// without the character that they stand for.
fn is_same(value: &str, printed: &str) -> bool {
    if let (Some(start), Some(end)) = (value.find('"'), value.rfind('"')) {
        let text = value[start + 1..end.max(start + 1)].split("\\000").next().unwrap_or_default();
        return text == printed;
    }
    value == printed || value.split(' ').next() == Some(printed)
}

/// Whether gdb misses what a part of a value depends on, where the whole value is gone.
fn is_nowhere(text: &str) -> bool {
    const UNREADABLE: &str = "Cannot access memory at address 0x";
    const FIRST_MAPPED: u64 = 0x1000;
    let address = text.split_once(UNREADABLE).and_then(|(_, rest)| {
        let end = rest.find(|digit: char| !digit.is_ascii_hexdigit()).unwrap_or(rest.len());
        u64::from_str_radix(&rest[..end], 16).ok()
    });
    let has_no_address = ["Location address is not set", "take address of value not located in memory"];
    has_no_address.iter().any(|no_address| text.contains(no_address))
        || address.is_some_and(|address| address < FIRST_MAPPED)
}

/// How many values were right and how many gone; none may be wrong.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Right ones.
    pub right: usize,
    /// Gone ones.
    pub gone: usize,
}

impl Tally {
    #[track_caller]
    /// Counts an answer; panics if it is wrong.
    pub fn add(&mut self, answer: &Answer, printed: &str, what: &str) {
        match answer {
            Answer::Value(value) if is_same(value, printed) => self.right += 1,
            Answer::Value(value) if value.starts_with("<error") && is_nowhere(value) => self.gone += 1,
            Answer::OptimizedOut => self.gone += 1,
            // A variable may have no place at all.
            Answer::Other(text) if text.contains("No symbol") => self.gone += 1,
            Answer::Other(text) if is_nowhere(text) => self.gone += 1,
            other => panic!("{what} is {printed}, but gdb says {other:?}"),
        }
    }
}

/// Stops a program at marks of its source, as often as each is got to, and compares expressions with
/// what it then prints of them.
pub fn compare(program: &Path, source: &Path, stops: &[(&str, usize, &[&str])], what: &str) -> Tally {
    let file = source.file_name().unwrap().to_str().unwrap();
    let place = |mark: &str| format!("{file}:{}", line_of(source, mark));
    let places: Vec<String> = stops.iter().map(|(mark, ..)| place(mark)).collect();
    let stops = stops.iter().zip(&places);
    let stops: Vec<_> = stops.map(|(&(_, times, asked), place)| (place.as_str(), times, asked)).collect();
    compare_at(program, &stops, what)
}

/// Likewise, at places in gdb's words.
pub fn compare_at(program: &Path, stops: &[(&str, usize, &[&str])], what: &str) -> Tally {
    let output = execute(&mut command(program), b"");
    let output = output.text();
    let mut session = Session::new();
    for (place, ..) in stops {
        session.break_at(place);
    }
    session.start();
    let mut asked = Vec::new();
    for &(_, times, expressions) in stops {
        for time in 0..times {
            for &expression in expressions {
                asked.push((expression, time, session.value(expression)));
            }
            session.command("-exec-continue");
        }
    }
    let answers = session.run(Debuggee::new(Machine::selected(), program, &[]));
    let mut tally = Tally::default();
    for (expression, time, number) in asked {
        let printed = printed(output, expression)[time];
        let answer = answers.value(number);
        tally.add(&answer, printed, &format!("{what}: {expression} at stop {time}"));
    }
    tally
}
