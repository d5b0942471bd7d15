//! Units: compiled in any order, by any number of threads, from the cache or by other processes,
//! they make the same program; what is not edited is not compiled again; no damage to the cache and
//! no death of another process shows in an output.

mod common;

use common::Folder;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A module of several units: functions whose bodies are sums of constants. `edited` has one more
/// addend in that function, so that all that follows moves.
fn module(functions: usize, edited: Option<usize>) -> Vec<u8> {
    let mut text = String::from("(module (memory 1) (global $g (mut i32) (i32.const 0))\n");
    let mut state = 1_u64;
    for function in 0..functions {
        let _ = write!(text, "(func $f{function} (param i32) (result i32) (local.get 0)");
        if edited == Some(function) {
            text += "(i32.const 1000000) i32.xor";
        }
        for _ in 0..400 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let _ = write!(text, "(i32.const {}) i32.xor", (state >> 33) as i32);
        }
        let next = (function + 1) % functions;
        let _ =
            write!(text, "(global.set $g) (global.get $g) (i32.eqz) (if (result i32) (then (i32.const 1))");
        let _ = writeln!(text, "(else (call $f{next} (i32.const {function})))))");
    }
    text += r#"(func (export "_start") (drop (call $f0 (i32.const 0)))))"#;
    wat::parse_str(text).expect("this text is a module")
}

/// 400 functions of about 2 KB are more than one unit holds.
const FUNCTIONS: usize = 400;

/// What `compile -v` says of units: how many were compiled, of how many.
fn compiled(folder: &Folder, arguments: &[&str]) -> (usize, usize) {
    let finished = folder.succeed(&[&["compile", "-v", "-O0"], arguments].concat());
    let line = finished.errors.lines().find(|line| line.contains("units compiled"));
    let line = line.unwrap_or_else(|| panic!("nothing about units: {}", finished.errors));
    let numbers: Vec<usize> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    (numbers[0], numbers[1])
}

fn same(folder: &Folder, one: &str, other: &str) {
    let read = |name| fs::read(folder.path(name)).unwrap();
    assert!(read(one) == read(other), "{one} and {other} differ");
}

#[test]
fn an_edit_compiles_its_own_unit_alone() {
    let folder = Folder::new();
    folder.write("m.wasm", module(FUNCTIONS, None));
    let (first, units) = compiled(&folder, &["m.wasm", "-o", "first"]);
    assert!(units >= 4 && first == units, "{first} of {units}");
    assert_eq!(compiled(&folder, &["m.wasm", "-o", "again"]), (0, units));
    same(&folder, "first", "again");
    fs::copy(folder.path("m.wasm"), folder.path("renamed.wasm")).unwrap();
    assert_eq!(compiled(&folder, &["renamed.wasm", "-o", "renamed"]), (0, units));
    for edited in [0, FUNCTIONS / 2, FUNCTIONS - 1] {
        folder.write("m.wasm", module(FUNCTIONS, Some(edited)));
        assert_eq!(compiled(&folder, &["m.wasm", "-o", "edited"]), (1, units), "function {edited}");
        folder.succeed(&["compile", "-O0", "--no-cache", "m.wasm", "-o", "anew"]);
        same(&folder, "edited", "anew");
    }
    let stats = folder.succeed(&["cache", "stats"]).output;
    assert!(stats.contains(&format!("0 programs, 0.0 MiB, and {} units", units + 3)), "{stats}");
    folder.succeed(&["cache", "clear"]);
    assert_eq!(compiled(&folder, &["m.wasm", "-o", "cleared"]), (units, units));
}

#[test]
fn neither_threads_nor_places_nor_the_cache_make_a_difference() {
    let folder = Folder::new();
    folder.write("m.wasm", module(FUNCTIONS, None));
    fs::create_dir(folder.path("else")).unwrap();
    fs::copy(folder.path("m.wasm"), folder.path("else/m.wasm")).unwrap();
    folder.succeed(&["compile", "m.wasm", "-o", "reference", "-j1", "--no-cache"]);
    for jobs in ["-j1", "-j2", "-j7"] {
        for cache in [&["--no-cache"][..], &["--cache-dir", "cache"], &["--cache-dir", "cache"]] {
            folder.succeed(&[&["compile", "m.wasm", "-o", "out", jobs], cache].concat());
            same(&folder, "reference", "out");
        }
        let _ = fs::remove_dir_all(folder.path("cache"));
    }
    let mut tool = folder.tool(&["compile", "m.wasm", "-o", "out", "--no-cache"]);
    assert!(tool.current_dir(folder.path("else")).status().unwrap().success());
    same(&folder, "reference", "else/out");
}

fn entries(folder: &Folder) -> Vec<PathBuf> {
    let files = fs::read_dir(folder.path("cache/units")).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_damaged_cache_shows_in_no_output() {
    let folder = Folder::new();
    folder.write("m.wasm", module(FUNCTIONS, None));
    let arguments = ["m.wasm", "-o", "out", "--cache-dir", "cache"];
    let (_, units) = compiled(&folder, &arguments);
    fs::rename(folder.path("out"), folder.path("reference")).unwrap();
    let damages: [fn(&mut Vec<u8>); 4] = [
        |content| content.clear(),
        |content| content.truncate(content.len() / 2),
        |content| content[100] ^= 1,
        |content| content.extend(b"more"),
    ];
    for (entry, damage) in entries(&folder).iter().zip(damages) {
        let mut content = fs::read(entry).unwrap();
        damage(&mut content);
        fs::write(entry, content).unwrap();
    }
    assert_eq!(compiled(&folder, &arguments), (4, units));
    same(&folder, "reference", "out");
    fs::remove_dir_all(folder.path("cache/units")).unwrap();
    fs::write(folder.path("cache/units"), "no folder").unwrap();
    folder.succeed(&["compile", "-O0", "m.wasm", "-o", "out", "--cache-dir", "cache"]);
    same(&folder, "reference", "out");
}

#[test]
fn the_cache_stays_below_its_limit() {
    let folder = Folder::new();
    folder.write("m.wasm", module(FUNCTIONS, None));
    let arguments = ["m.wasm", "-o", "out", "--cache-dir", "cache", "--cache-size", "300K"];
    compiled(&folder, &arguments);
    let bytes: u64 = entries(&folder).iter().map(|entry| entry.metadata().unwrap().len()).sum();
    assert!(bytes <= 300 << 10 && bytes > 0, "{bytes}");
}

/// Builds at once on one cache, most of them killed at some point.
#[test]
fn killed_builds_leave_no_corruption() {
    let folder = Folder::new();
    let builds =
        if std::env::var("WASMWRIGHT_TEST_TIER").is_ok_and(|tier| tier == "full") { 200 } else { 24 };
    for variant in 0..3 {
        folder.write(&format!("m{variant}.wasm"), module(FUNCTIONS, Some(variant * 100)));
        let out = format!("reference{variant}");
        folder.succeed(&["compile", "-O0", "--no-cache", &format!("m{variant}.wasm"), "-o", &out]);
    }
    let mut running = Vec::new();
    for build in 0..builds {
        let variant = build % 3;
        let (input, out) = (format!("m{variant}.wasm"), format!("out{build}"));
        let mut tool = folder.tool(&["compile", "-O0", "-j1", &input, "-o", &out, "--cache-dir", "cache"]);
        running.push((build, tool.stderr(Stdio::null()).spawn().unwrap()));
        if running.len() == 4 || build + 1 == builds {
            // Anything from before the first unit to after the last.
            std::thread::sleep(Duration::from_millis((build as u64 * 37) % 400));
            for (build, mut child) in running.drain(..) {
                if build % 4 != 3 {
                    child.kill().unwrap();
                }
                let succeeded = child.wait().unwrap().success();
                assert!(succeeded || build % 4 != 3, "build {build} was not killed");
                if folder.path(&format!("out{build}")).exists() {
                    same(&folder, &format!("reference{}", build % 3), &format!("out{build}"));
                    fs::remove_file(folder.path(&format!("out{build}"))).unwrap();
                }
                assert!(succeeded || !folder.path(&format!("out{build}")).exists());
            }
        }
    }
    for variant in 0..3 {
        let input = format!("m{variant}.wasm");
        let (compiled, _) = compiled(&folder, &[&input, "-o", "last", "--cache-dir", "cache"]);
        same(&folder, &format!("reference{variant}"), "last");
        assert_eq!(compiled, 0, "some build came to its end");
    }
}

/// Ninja on a plan, with the tool of this build.
fn ninja(plan: &Path) -> String {
    let mut ninja = Command::new("ninja");
    ninja.env("WASMWRIGHT", env!("CARGO_BIN_EXE_wasmwright")).arg("-C").arg(plan);
    let output = ninja.output().expect("ninja is there: ci/install ninja-build");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

#[test]
fn ninja_builds_the_same_program_and_again_only_what_was_edited() {
    let folder = Folder::new();
    folder.write("my module.wasm", module(FUNCTIONS, None));
    folder.succeed(&["compile", "-O1", "--no-cache", "my module.wasm", "-o", "reference"]);
    let plan = ["compile", "-O1", "my module.wasm", "--emit", "build-plan", "-o", "plan"];
    folder.succeed(&plan);
    ninja(&folder.path("plan"));
    same(&folder, "reference", "plan/my module");
    folder.succeed(&plan);
    assert!(ninja(&folder.path("plan")).contains("no work to do"));

    folder.write("my module.wasm", module(FUNCTIONS, Some(7)));
    folder.succeed(&plan);
    let text = ninja(&folder.path("plan"));
    assert!(text.contains("[2/2]"), "one unit and the link: {text}");
    folder.succeed(&["compile", "-O1", "--no-cache", "my module.wasm", "-o", "reference"]);
    same(&folder, "reference", "plan/my module");
}

#[test]
fn files_of_a_plan_are_checked() {
    let folder = Folder::new();
    folder.write("m.wat", common::EMPTY);
    folder.write("n.wat", common::TRAP);
    folder.succeed(&["compile", "m.wat", "--emit", "build-plan"]);
    folder.succeed(&["compile", "n.wat", "--emit", "build-plan"]);
    let unit = |plan: &str| {
        folder.succeed(&["compile-unit", &format!("{plan}/jobs/0000.job"), "-o", plan_unit(plan)])
    };
    unit("m.plan");
    unit("n.plan");
    folder.succeed(&["link-units", "m.plan/link.plan", "m.unit", "-o", "m"]);
    assert_eq!(common::Finished::program(&folder.path("m")).status, Some(0));
    folder.fail(&["link-units", "m.plan/link.plan", "n.unit", "-o", "x"], 1, "compiled from another plan");
    folder.fail(&["link-units", "m.plan/link.plan", "-o", "x"], 1, "missing");
    folder.fail(&["link-units", "m.unit", "-o", "x"], 1, "m.unit: this is no link plan");
    folder.fail(&["compile-unit", "m.wat", "-o", "x"], 1, "this is no job of a build plan");
    folder.fail(&["compile-unit", "gone", "-o", "x"], 1, "cannot read gone");
    let job = fs::read(folder.path("m.plan/jobs/0000.job")).unwrap();
    for position in (8..job.len()).step_by(61) {
        let mut damaged = job.clone();
        damaged[position] ^= 4;
        folder.write("damaged", damaged);
        folder.fail(&["compile-unit", "damaged", "-o", "x"], 1, "this job is damaged");
    }
    folder.fail(&["compile", "m.wat", "--emit", "build-plan", "-o", "-"], 2, "a build plan is a directory");
    assert!(!folder.path("x").exists());
}

fn plan_unit(plan: &str) -> &'static str {
    if plan == "m.plan" { "m.unit" } else { "n.unit" }
}

/// CPython, which `ci/modules` fetches.
fn cpython() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tool lies in the workspace");
    let path = root.join(".cache/modules/python/dist/python.wasm");
    assert!(path.is_file(), "{} is missing: execute ci/modules", path.display());
    path
}

#[test]
fn cpython_is_built_by_ninja_and_by_dask_though_a_worker_dies() {
    let folder = Folder::new();
    let module = cpython();
    let module = module.to_str().unwrap();
    folder.succeed(&["compile", "-O0", "--no-cache", module, "-o", "reference"]);
    folder.succeed(&["compile", "-O0", module, "--emit", "build-plan", "-o", "plan"]);
    ninja(&folder.path("plan"));
    same(&folder, "reference", "plan/python");

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/distributed/dask_build.py");
    let mut dask = Command::new("/usr/bin/python3");
    dask.arg(script).arg(env!("CARGO_BIN_EXE_wasmwright")).args(["plan", "built"]);
    let output =
        dask.current_dir(folder.path("")).output().expect("python3 is there: ci/install python3-distributed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    same(&folder, "reference", "built");
    let version = Command::new(folder.path("built")).arg("--version").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&version.stdout), "Python 3.12.0\n");
}

#[test]
fn what_each_thread_did_can_be_read_by_trace_viewers() {
    let folder = Folder::new();
    folder.write("m.wat", common::EMPTY);
    folder.succeed(&["compile", "m.wat", "--timings=trace.json"]);
    let trace = fs::read_to_string(folder.path("trace.json")).unwrap();
    let events: serde_json::Value = serde_json::from_str(&trace).unwrap();
    let names: Vec<&str> =
        events.as_array().unwrap().iter().map(|event| event["name"].as_str().unwrap()).collect();
    for name in ["parse", "plan", "compile", "translate m.0", "emit m.0", "metadata", "link"] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    folder.fail(&["compile", "m.wat", "--timings=gone/trace.json"], 1, "cannot write gone/trace.json");
}

#[test]
fn large_functions_are_told_of() {
    let folder = Folder::new();
    let step = "(local.set 0 (i32.mul (local.get 0) (i32.const 1000003)))\n";
    let function = |steps: usize| format!("(func $of_{steps} (local i32) {})", step.repeat(steps));
    let functions: String = [10, 20_000, 70_000, 11].map(function).concat();
    let labels: String = (0..2000).map(|label| format!("{label} ")).collect();
    let (open, close) = ("(block ".repeat(2000), ")".repeat(2000));
    let table = format!("(func $table {open} (br_table {labels}(i32.const 1)) {close})");
    let two_ways = format!("(func $two_ways (block (br_table {}(i32.const 1))))", "0 1 ".repeat(2000));
    let step = "(local.tee 0 (i32.add (local.get 0) (i32.const 1)))";
    let loops = format!("(loop (br_if 0 (i32.lt_u {step} (i32.const 1000))))").repeat(1000);
    let loops = format!("(func $loops (local i32) {loops})");
    let large = format!("{functions} {table} {two_ways} {loops}");
    folder.write("m.wat", format!("(module {large} (export \"_start\" (func $of_10)))"));
    let errors = folder.succeed(&["compile", "-v", "-O1", "--no-cache", "m.wat", "-o", "m"]).errors;
    for said in [
        "function 1 (of_20000) has 1800",
        "passes that may take long for it are left out",
        "function 2 (of_70000) has 6300",
        "it is optimised little, and its instructions are chosen as at -O0",
        "function 4 (table) has",
        "function 6 (loops) has",
    ] {
        assert!(errors.contains(said), "{said}: {errors}");
    }
    for unsaid in ["(of_10)", "(of_11)", "(two_ways)"] {
        assert!(!errors.contains(unsaid), "{unsaid}: {errors}");
    }
    assert!(!folder.succeed(&["compile", "-v", "-O0", "m.wat", "-o", "m"]).errors.contains("of_20000"));
}

#[test]
fn small_functions_have_all_done_beside_large_ones() {
    let folder = Folder::new();
    let step = "(local.tee 0 (i32.add (local.get 0) (i32.const 1)))";
    let loops = format!("(loop (br_if 0 (i32.lt_u {step} (i32.const 1000))))").repeat(1000);
    let large = format!("(func $large (local i32) {loops})");
    folder.write(
        "m.wat",
        format!("(module (func $first) {large} (func $last) (export \"_start\" (func $last)))"),
    );
    let errors = folder.succeed(&["compile", "-v", "--cache-dir", "c", "m.wat", "-o", "m"]).errors;
    assert!(errors.contains("3 of 3 units compiled"), "{errors}");
}
