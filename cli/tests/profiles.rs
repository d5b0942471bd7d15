//! Profiles: what is counted, by LLVM's own reader of it; what is compiled by it; what is said of
//! profiles that do not fit.

mod common;

use common::{Finished, Folder};
use std::process::Command;

/// Calls `$work` seven times and ends as its argument count says: one argument for a return, two for
/// `proc_exit(7)`, three for a trap.
const COUNTED: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func $work (param i32) (result i32) (local i32)
        (loop $again
            (local.set 1 (i32.add (i32.xor (local.get 1) (local.get 0)) (i32.load (local.get 0))))
            (br_if $again (i32.ne (i32.const 100) (local.tee 0 (i32.add (local.get 0) (i32.const 1))))))
        (local.get 1))
    (func $never (param i32) (result i32) (i32.mul (local.get 0) (call $work (local.get 0))))
    (func (export "_start") (local i32)
        (loop $again
            (i32.store (i32.const 64) (call $work (i32.const 0)))
            (br_if $again (i32.ne (i32.const 7) (local.tee 0 (i32.add (local.get 0) (i32.const 1))))))
        (drop (call $sizes (i32.const 0) (i32.const 12)))
        (if (i32.eq (i32.load (i32.const 0)) (i32.const 9))
            (then (i32.store (i32.const 64) (call $never (i32.const 1)))))
        (if (i32.eq (i32.load (i32.const 0)) (i32.const 2)) (then (call $exit (i32.const 7))))
        (if (i32.eq (i32.load (i32.const 0)) (i32.const 3)) (then unreachable))))"#;

/// LLVM's tool for profiles.
fn profdata(folder: &Folder, arguments: &[&str]) -> String {
    let mut command = Command::new("llvm-profdata-22");
    let finished = Finished::of(command.args(arguments).current_dir(folder.path(".")));
    assert_eq!(finished.status, Some(0), "{arguments:?}: {}", finished.errors);
    assert_eq!(finished.errors, "", "{arguments:?}");
    finished.output
}

/// The counters of the functions whose names begin so, as LLVM's tool has them, in ascending order.
fn counters(shown: &str, name: &str) -> Vec<Vec<u64>> {
    let mut lines = shown.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let function = line.trim().strip_suffix(':').and_then(|line| line.rsplit(';').next());
        if !function.is_some_and(|function| function.starts_with(name)) {
            continue;
        }
        let counts = lines.find_map(|line| line.trim().strip_prefix("Block counts: [")?.strip_suffix(']'));
        let counts = counts.expect("a function has counts").split(", ");
        let mut counts: Vec<u64> = counts.map(|count| count.parse().expect("a number")).collect();
        counts.sort_unstable();
        found.push(counts);
    }
    found
}

/// Compiles with counters, executes with that many arguments, and merges what was counted.
fn record(folder: &Folder, options: &[&str], arguments: usize, status: i32) -> Finished {
    let compile = ["compile", "m.wat", "--profile-generate=m.profraw", "-o", "counting"];
    folder.succeed(&[&compile[..], options].concat());
    let mut command = Command::new(folder.path("counting"));
    let finished = Finished::of(command.args(vec!["x"; arguments]).env_clear().current_dir(folder.path(".")));
    assert_eq!(finished.status, Some(status), "{}", finished.errors);
    profdata(folder, &["merge", "-o", "m.profdata", "m.profraw"]);
    finished
}

#[test]
fn counts_are_exact_however_the_program_ends() {
    let folder = Folder::new();
    folder.write("m.wat", COUNTED);
    for options in [["-O0", "--bounds-checks=guard"], ["-O2", "--bounds-checks=explicit"]] {
        for (arguments, status) in [(0, 0), (1, 7), (2, 134)] {
            let finished = record(&folder, &options, arguments, status);
            assert_eq!(finished.errors.contains("trap: unreachable"), status == 134, "{}", finished.errors);
            let shown = profdata(&folder, &["show", "--all-functions", "--counts", "m.profdata"]);
            // The loop of `$work` goes back 99 times in each of seven calls.
            if options[0] == "-O0" {
                assert_eq!(counters(&shown, "work"), [[7, 693]], "{arguments}: {shown}");
                assert_eq!(counters(&shown, "never"), [[0]], "{arguments}: {shown}");
            } else {
                let all = counters(&shown, "").concat();
                assert!(all.contains(&693) || all.contains(&700), "{arguments}: {shown}");
            }
        }
    }
}

#[test]
fn code_made_by_a_profile_does_the_same_and_knows_what_is_hot() {
    let folder = Folder::new();
    folder.write("m.wat", COUNTED);
    for level in ["-O0", "-O1", "-O2", "-O3", "-Os"] {
        record(&folder, &[level], 0, 0);
        let compile = ["compile", "m.wat", level, "--profile-use=m.profdata"];
        let finished = folder.succeed(&[&compile[..], &["-o", "made"]].concat());
        assert_eq!(finished.errors, "", "{level}: a profile of the same module fits");
        for (arguments, status) in [(0, 0), (1, 7), (2, 134)] {
            let mut command = Command::new(folder.path("made"));
            let finished = Finished::of(command.args(vec!["x"; arguments]));
            assert_eq!(finished.status, Some(status), "{level}: {}", finished.errors);
        }
        folder.succeed(&[&compile[..], &["--emit", "llvm-ir", "-o", "made.ll"]].concat());
        let text = std::fs::read_to_string(folder.path("made.ll")).unwrap();
        assert!(text.contains("!\"function_entry_count\", i64 1}"), "{level}: the entry was called once");
        assert!(text.contains("!\"ProfileFormat\", !\"InstrProf\""), "{level}");
    }
}

#[test]
fn functions_are_found_again_in_modules_of_several_units() {
    use std::fmt::Write;
    let folder = Folder::new();
    let mut text = String::from("(module (memory 1)");
    for number in 0..1200 {
        let _ = write!(text, "(func $f{number} (param i32) (result i32) (local i32)");
        for step in 0..24 {
            let _ = write!(
                text,
                "(local.set 1 (i32.xor (local.get 1) (i32.load offset={} (local.get 0))))",
                (number * 31 + step * 97) % 60_000
            );
        }
        let _ = write!(text, "(local.get 1))");
    }
    // Every third function is called, and as often as its number says.
    text += "(func (export \"_start\") (local i32)";
    for number in (0..1200).step_by(3) {
        let _ = write!(
            text,
            "(local.set 0 (i32.const {}))(loop $l{number} (drop (call $f{number} (local.get 0)))
             (br_if $l{number} (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))",
            number + 1
        );
    }
    text += "))";
    folder.write("m.wat", &text);
    record(&folder, &["-O0"], 0, 0);
    let shown = profdata(&folder, &["show", "--all-functions", "--counts", "m.profdata"]);
    for number in [0, 1, 2, 600, 1197, 1198, 1199] {
        let expected = if number % 3 == 0 { number + 1 } else { 0 };
        assert_eq!(counters(&shown, &format!("f{number}.")), [[expected]], "f{number}");
    }
    let used = ["compile", "m.wat", "-O0", "--profile-use=m.profdata", "-o"];
    let finished = folder.succeed(&[&used[..], &["made"]].concat());
    assert_eq!(finished.errors, "");
    // The number of threads makes no difference, nor does the module's name.
    std::fs::rename(folder.path("m.wat"), folder.path("n.wat")).unwrap();
    let used = ["compile", "n.wat", "-O0", "--profile-use=m.profdata", "-j1", "-o", "again"];
    assert_eq!(folder.succeed(&used).errors, "");
}

#[test]
fn the_file_is_named_at_compile_time_or_at_launch() {
    let folder = Folder::new();
    folder.write("m.wat", common::EMPTY);
    folder.succeed(&["compile", "m.wat", "--profile-generate"]);
    let execute = |variable: Option<&str>| {
        let mut command = Command::new(folder.path("m"));
        command.env_clear().current_dir(folder.path("."));
        command.envs(variable.map(|file| ("LLVM_PROFILE_FILE", file)));
        let finished = Finished::of(&mut command);
        assert_eq!(finished.status, Some(0), "{}", finished.errors);
        finished.errors
    };
    assert_eq!(execute(None), "");
    assert_eq!(folder.names(), ["default.profraw", "m", "m.wat"]);
    assert_eq!(execute(Some("by-%p-of-%p.raw")), "");
    let name = folder.names().remove(0);
    let number = name.strip_prefix("by-").and_then(|rest| rest.strip_suffix(".raw")).expect(&name);
    let (one, other) = number.split_once("-of-").expect(&name);
    assert!(one == other && one.parse::<u32>().is_ok(), "{name}");
    let told = execute(Some("nowhere/m.raw"));
    assert_eq!(told, "wasmwright: cannot write the profile nowhere/m.raw: error 2 of the system\n");
    assert!(execute(Some(&"x".repeat(5000))).contains("cannot write the profile"));
}

#[test]
fn profiles_that_do_not_fit_are_told_of() {
    let folder = Folder::new();
    folder.write("m.wat", COUNTED);
    record(&folder, &[], 0, 0);
    let compile = |file: &str| folder.succeed(&["compile", file, "--profile-use=m.profdata", "-o", "out"]);
    folder.write("other.wat", "(module (func $other (export \"_start\") (memory.fill (i32.const 0) (i32.const 0) (i32.const 9))) (memory 1))");
    let told = compile("other.wat").errors;
    assert!(told.starts_with("wasmwright: warning: the profile is of another"), "{told}");
    let changed = COUNTED.replace("(i32.eq (i32.load (i32.const 0)) (i32.const 9))", "(i32.const 1)");
    folder.write(
        "changed.wat",
        changed.replace("(then unreachable)", "(then (if (local.get 0) (then unreachable)))"),
    );
    let told = compile("changed.wat").errors;
    assert!(told.contains("warning: the profile is of another version of the module"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    assert_eq!(compile("m.wat").errors, "");
}

#[test]
fn what_is_no_profile_is_refused() {
    let folder = Folder::new();
    folder.write("m.wat", COUNTED);
    record(&folder, &[], 0, 0);
    let fail = |file: &str, text: &str| {
        folder.fail(&["compile", "m.wat", &format!("--profile-use={file}"), "-o", "out"], 1, text);
    };
    fail("m.profraw", "this profile is a raw one: merge it first");
    fail("m.wat", "it does not begin as one");
    fail("nothing", "cannot read the profile nothing: No such file");
    profdata(&folder, &["merge", "--text", "-o", "text", "m.profdata"]);
    fail("text", "it does not begin as one");
    folder.fail(
        &["compile", "m.wat", "--profile-generate", "--emit", "obj"],
        1,
        "only executables record profiles",
    );
    let both = ["compile", "m.wat", "--profile-generate", "--profile-use=m.profdata"];
    assert_eq!(folder.execute(&both).status, Some(2));
}

#[test]
fn damaged_profiles_end_no_compilation_but_by_an_error() {
    let folder = Folder::new();
    folder.write("m.wat", COUNTED);
    record(&folder, &["-O0"], 0, 0);
    let profile = std::fs::read(folder.path("m.profdata")).unwrap();
    let compile = |bytes: &[u8], what: &str| {
        folder.write("damaged", bytes);
        let finished = folder.execute(&["compile", "m.wat", "-O0", "--profile-use=damaged", "-o", "out"]);
        assert!(matches!(finished.status, Some(0 | 1)), "{what}: {:?} {}", finished.status, finished.errors);
        finished.status
    };
    for length in (0..profile.len()).step_by(97) {
        assert_eq!(compile(&profile[..length], &format!("{length} bytes")), Some(1));
    }
    // Each word of the file, which consists of words but for the names, made huge.
    let mut refused = 0;
    for word in 0..profile.len() / 8 {
        let mut damaged = profile.clone();
        damaged[word * 8..][..8].copy_from_slice(&(u64::MAX / 8 - 3).to_le_bytes());
        refused += u32::from(compile(&damaged, &format!("word {word}")) == Some(1));
    }
    assert!(refused > 20, "only {refused}");
}

#[test]
fn the_cache_of_run_tells_profiles_apart() {
    let folder = Folder::new();
    folder.write("m.wat", COUNTED);
    record(&folder, &[], 0, 0);
    let run = |options: &[&str]| {
        let arguments = [&["run", "--cache-dir", "cache", "--verbose"], options, &["m.wat"]].concat();
        let told = folder.succeed(&arguments).errors;
        let line = told.lines().find_map(|line| line.strip_prefix("wasmwright: executing "));
        line.expect("-v tells what is executed").to_owned()
    };
    let (plain, made) = (run(&[]), run(&["--profile-use=m.profdata"]));
    assert_ne!(plain, made);
    assert_eq!(run(&["--profile-use=m.profdata"]), made);
    profdata(&folder, &["merge", "-o", "m.profdata", "m.profraw", "m.profraw"]);
    assert_ne!(run(&["--profile-use=m.profdata"]), made);
}
