//! Programs that are linked with functions in C, which define what they import.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use wasmwright_compiler::options::{BoundsChecks, Emit, HostObject, Linker, Optimization, UnknownImports};
use wasmwright_compiler::program::ModuleInput;
use wasmwright_compiler::progress::Silent;
use wasmwright_compiler::{Artifact, Compiler, Options, build_plan, linking};
use wasmwright_tests::libraries::hosts;
use wasmwright_tests::machine::Machine;
use wasmwright_tests::process::spawn;

/// A module, its header, and a place for objects.
struct Hosted {
    folder: TempDir,
    name: &'static str,
    module: Vec<u8>,
    machine: Machine,
}

impl Hosted {
    fn new(name: &'static str, module: impl Into<Vec<u8>>, machine: Machine) -> Self {
        let hosted = Self { folder: tempfile::tempdir().unwrap(), name, module: module.into(), machine };
        let header = hosted.compile(&[], Options { emit: Emit::Header, ..Options::default() }).unwrap();
        std::fs::write(hosted.path(&format!("{name}.h")), header.bytes()).unwrap();
        hosted
    }

    /// The module and the functions in `tests/hosts`.
    fn of_hosts(machine: Machine) -> Self {
        Self::new("hosted", std::fs::read(hosts().join("hosted.wat")).unwrap(), machine)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn clang(&self, source: &Path, arguments: &[&str]) -> HostObject {
        let object = self.path("object.o");
        let mut clang = Command::new("clang-22");
        clang.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-ffreestanding", "-O1", "-c"]);
        if self.machine.is_emulated() {
            clang.arg("--target=aarch64-linux-gnu");
        }
        clang.args(arguments).arg("-I").arg(self.folder.path()).arg(source).arg("-o").arg(&object);
        let compiled = clang.output().expect("clang-22 can be executed");
        assert!(compiled.status.success(), "{clang:?}\n{}", String::from_utf8_lossy(&compiled.stderr));
        named("host.o", std::fs::read(object).unwrap())
    }

    /// An object of that text in C, which includes the header.
    fn object(&self, text: &str, arguments: &[&str]) -> HostObject {
        let source = self.path("source.c");
        std::fs::write(&source, format!("#include \"{}.h\"\n{text}", self.name)).unwrap();
        self.clang(&source, arguments)
    }

    fn compile(&self, objects: &[HostObject], options: Options) -> wasmwright_compiler::Result<Artifact> {
        let options = Options { host_objects: objects.to_vec(), target: self.machine.target(), ..options };
        Compiler::new(options).compile(self.name, &self.module)
    }

    /// The message of what is refused.
    #[track_caller]
    fn refused(&self, objects: &[HostObject]) -> String {
        let compiled = self.compile(objects, Options::default());
        compiled.err().unwrap_or_else(|| panic!("not refused: {objects:?}")).to_string()
    }

    fn run(&self, program: &Artifact, arguments: &[&str]) -> Output {
        let path = self.path("program");
        program.write(&path).unwrap();
        let mut command = self.machine.command(&path);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        spawn(&mut command).unwrap().wait_with_output().unwrap()
    }
}

fn named(name: &str, bytes: Vec<u8>) -> HostObject {
    HostObject { name: name.into(), content: bytes.into() }
}

/// A static library of these objects.
fn archive(objects: &[&HostObject]) -> HostObject {
    let folder = tempfile::tempdir().unwrap();
    let mut ar = Command::new("ar");
    ar.arg("rcs").arg(folder.path().join("lib.a"));
    for (position, object) in objects.iter().enumerate() {
        let path = folder.path().join(format!("{position}.o"));
        std::fs::write(&path, object.content.bytes()).unwrap();
        ar.arg(path);
    }
    assert!(ar.status().unwrap().success());
    named("libhost.a", std::fs::read(folder.path().join("lib.a")).unwrap())
}

fn variants() -> [Options; 4] {
    let explicit = Options { bounds_checks: BoundsChecks::Explicit, ..Options::default() };
    [
        Options::default(),
        explicit.clone(),
        Options { optimization: Optimization::O0, ..Options::default() },
        Options { strip: true, ..explicit },
    ]
}

/// What each way to end the program of `hosted.wat` comes to: status and what the report says.
const ENDINGS: [(i32, &str); 6] = [
    (0, ""),
    (134, "trap: integer overflow"),
    (7, ""),
    (134, "trap: a function of the host returned code 4101"),
    (134, "trap: integer divide by zero"),
    (134, "trap: call stack exhausted"),
];

#[track_caller]
fn check_endings(hosted: &Hosted, program: &Artifact) {
    for (how, (status, report)) in ENDINGS.into_iter().enumerate() {
        let output = hosted.run(program, &["x"].repeat(how));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{how}: {errors}");
        assert_eq!(
            errors.lines().next().unwrap_or_default().strip_prefix("wasmwright: ").unwrap_or(""),
            report
        );
    }
}

#[test]
fn values_memories_tables_and_nested_calls_pass_in_both_directions() {
    let hosted = Hosted::of_hosts(Machine::Host);
    for arguments in [&[][..], &["-fPIC", "-O0"], &["-fPIC", "-ffunction-sections", "-O3"]] {
        let object = hosted.clang(&hosts().join("hosted.c"), arguments);
        for options in variants() {
            check_endings(&hosted, &hosted.compile(std::slice::from_ref(&object), options).unwrap());
        }
    }
}

/// With tail calls, functions hand the base of their memory to one another.
#[test]
fn programs_with_tail_calls_do_the_same() {
    let text = std::fs::read_to_string(hosts().join("hosted.wat")).unwrap();
    let (body, _) = text.trim_end().rsplit_once(')').expect("a module");
    let module = format!("{body} (func $tail_again (return_call $tail_again)))");
    let hosted = Hosted::new("hosted", module, Machine::Host);
    let object = hosted.clang(&hosts().join("hosted.c"), &[]);
    for options in variants() {
        check_endings(&hosted, &hosted.compile(std::slice::from_ref(&object), options).unwrap());
    }
}

#[test]
fn programs_for_aarch64_do_the_same() {
    let hosted = Hosted::of_hosts(Machine::Aarch64);
    let object = hosted.clang(&hosts().join("hosted.c"), &[]);
    for options in &variants()[..2] {
        check_endings(&hosted, &hosted.compile(std::slice::from_ref(&object), options.clone()).unwrap());
    }
    let wrong = Hosted::of_hosts(Machine::Host).refused(&[object]);
    assert!(wrong.contains("host.o: it is for aarch64"), "{wrong}");
}

#[test]
fn a_trap_of_the_host_has_a_backtrace_and_a_fault_of_its_own_is_none() {
    let hosted = Hosted::of_hosts(Machine::Host);
    let object = hosted.clang(&hosts().join("hosted.c"), &[]);
    let program = hosted.compile(&[object], Options::default()).unwrap();
    for how in [1, 3] {
        let output = hosted.run(&program, &["x"].repeat(how));
        let report = String::from_utf8_lossy(&output.stderr);
        assert!(report.lines().nth(1).is_some_and(|line| line.contains("0: (function ")), "{report}");
    }
    let output = hosted.run(&program, &["x"; 6]);
    assert_eq!(output.status.signal(), Some(11), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn other_linkers_archives_and_build_plans_make_the_same_program() {
    let hosted = Hosted::of_hosts(Machine::Host);
    let object = hosted.clang(&hosts().join("hosted.c"), &[]);
    let objects = [object.clone()];
    let program = hosted.compile(&objects, Options::default()).unwrap();
    let external = Options { linker: Linker::External("ld.lld-22".into()), ..Options::default() };
    check_endings(&hosted, &hosted.compile(&objects, external.clone()).unwrap());
    for options in [Options::default(), external] {
        check_endings(&hosted, &hosted.compile(&[archive(&[&object])], options).unwrap());
    }
    // Neither where the object is nor what it is called is in the program.
    let elsewhere = [named("/some/where/else.o", object.content.bytes().to_vec())];
    let again = hosted.compile(&elsewhere, Options::default()).unwrap();
    assert_eq!(program.bytes(), again.bytes());
    let options = Options { host_objects: objects.to_vec(), ..Options::default() };
    let modules = [ModuleInput::new(hosted.name, &*hosted.module)];
    let plan = build_plan::plan("t", &options, &modules, &Silent).unwrap();
    let unit = |job: &Vec<u8>| build_plan::compile_unit("t", job).unwrap().bytes().to_vec();
    let units: Vec<Vec<u8>> = plan.jobs.iter().map(unit).collect();
    let planned = build_plan::link_units("t", &plan.link, &units, &Silent).unwrap();
    assert_eq!(program.bytes(), planned.bytes());
}

/// Two imports, of which `start` calls the first.
const SMALL: &str = r#"(module (import "env" "one" (func $one (param i64) (result f64)))
    (import "env" "two" (func $two)) (func (export "two") (call $two))
    (func (export "_start") (drop (call $one (i64.const 7))) (call $two)))"#;

const ONE: &str = "wasmwright_trap_t small_import_env_one(void *user, wasmwright_small_t *instance, uint64_t p0, \
    double *r0) { (void)user, (void)instance; *r0 = (double)p0; return WASMWRIGHT_OK; }\n";
const TWO: &str = "wasmwright_trap_t small_import_env_two(void *user, wasmwright_small_t *instance) \
    { (void)user, (void)instance; return WASMWRIGHT_OK; }\n";

fn small() -> Hosted {
    Hosted::new("small", SMALL, Machine::Host)
}

#[test]
fn missing_and_repeated_functions_are_told_with_their_declarations() {
    let hosted = small();
    let one = hosted.object(ONE, &[]);
    let error = hosted.refused(std::slice::from_ref(&one));
    let expected = "function `env.two` (in C `wasmwright_trap_t small_import_env_two(void *user, wasmwright_small_t *instance)`)";
    assert!(error.contains(expected) && !error.contains("env.one"), "{error}");
    let trapping = Options { unknown_imports: UnknownImports::Trap, ..Options::default() };
    let output = hosted.run(&hosted.compile(std::slice::from_ref(&one), trapping).unwrap(), &[]);
    assert_eq!(output.status.code(), Some(134));
    assert!(String::from_utf8_lossy(&output.stderr).contains("unknown import: env.two"));
    let both = HostObject { name: "both.o".into(), ..hosted.object(&format!("{ONE}{TWO}"), &[]) };
    let error = hosted.refused(&[one.clone(), both.clone()]);
    assert!(
        error.starts_with("both.o: it defines `small_import_env_one`, which host.o defines, too"),
        "{error}"
    );
    // Weak functions give way, and static libraries have what else is missing.
    let weak = hosted.object(&format!("__attribute__((weak)) {ONE}{TWO}"), &[]);
    let two = hosted.object(TWO, &[]);
    let error = hosted.refused(&[one.clone(), archive(&[&both])]);
    assert!(error.contains("small_import_env_one, defined in host.o and libhost.a @ 0.o"), "{error}");
    for objects in [vec![one.clone(), weak], vec![one, archive(&[&two])], vec![archive(&[&both])]] {
        let program = hosted.compile(&objects, Options::default()).unwrap();
        assert_eq!(hosted.run(&program, &[]).status.code(), Some(0));
    }
}

#[test]
fn what_needs_a_c_library_is_told() {
    let hosted = small();
    let uses = "int printf(const char *, ...);\nwasmwright_trap_t small_import_env_two(void *user, \
        wasmwright_small_t *instance) { (void)user, (void)instance; return (uint32_t)printf(\"%d\", 1); }\n";
    let object = hosted.object(&format!("{ONE}{uses}"), &[]);
    for linker in [Linker::Embedded, Linker::External("ld.lld-22".into())] {
        let error = hosted.compile(std::slice::from_ref(&object), Options { linker, ..Options::default() });
        let error = error.unwrap_err().to_string();
        for part in ["printf", "host", "no C library", "--emit static-lib"] {
            assert!(error.contains(part), "{error}");
        }
    }
    // What compilers call unasked is there.
    let copies = "wasmwright_trap_t small_import_env_two(void *user, wasmwright_small_t *instance) {\n\
        char copy[300], from[300]; for (int i = 0; i < 300; i++) from[i] = (char)(uintptr_t)instance;\n\
        __builtin_memcpy(copy, user ? user : from, (size_t)*(volatile int *)from & 255);\n\
        return (uint32_t)__builtin_memcmp(copy, from, (size_t)*(volatile int *)from & 255); }\n";
    let program = hosted.compile(&[hosted.object(&format!("{ONE}{copies}"), &[])], Options::default());
    assert_eq!(hosted.run(&program.unwrap(), &[]).status.code(), Some(0));
}

#[test]
fn objects_that_cannot_be_part_of_a_program_are_refused() {
    let hosted = small();
    let with = |text: &str, arguments: &[&str]| hosted.object(&format!("{ONE}{TWO}{text}"), arguments);
    let absolute = "int place; int *get(void); int *get(void) { return &place; }";
    let cases = [
        (with("_Thread_local int x = 1;", &[]), "thread-local"),
        (
            with("__attribute__((constructor)) void f(void); volatile int x; void f(void) { x = 1; }", &[]),
            "constructors",
        ),
        (with(absolute, &["-fno-pic", "-mcmodel=small", "-O0"]), "-fPIC"),
        (with("extern int there; int *const place = &there;", &["-fno-pic"]), "-fPIC"),
        (
            with("void wasmwright_trap_unreachable(void); void wasmwright_trap_unreachable(void) {}", &[]),
            "rename",
        ),
        (with("void _start(void); void _start(void) {}", &[]), "rename"),
        (
            with(
                "void g(char *); void f(void); void f(void) { char x[64]; g(x); }",
                &["-fstack-protector-all"],
            ),
            "-fno-stack-protector",
        ),
        (
            with("static void *r(void) { return 0; } __attribute__((ifunc(\"r\"))) void f(void);", &[]),
            "ifunc",
        ),
        (with("", &["-flto"]), "-flto"),
        (with("", &["-m32"]), "64 bits"),
        (named("m.wasm", b"\0asm\x01\0\0\0".to_vec()), "--link"),
        (named("thin.a", b"!<thin>\n".to_vec()), "--thin"),
        (named("empty.o", Vec::new()), "neither an object nor a static library"),
        (named("broken.a", b"!<arch>\nnonsense".to_vec()), "archive"),
        (named("libc.so", std::fs::read(std::env::current_exe().unwrap()).unwrap()), "linked already"),
    ];
    for (object, expected) in cases {
        let error = hosted.refused(std::slice::from_ref(&object));
        assert!(error.contains(expected) && error.starts_with(&object.name), "{error}");
        if object.name == "host.o" {
            let error = hosted.refused(&[archive(&[&object])]);
            assert!(error.contains(expected) && error.starts_with("libhost.a(0.o)"), "{error}");
        }
    }
    for emit in [Emit::Shared, Emit::Static, Emit::Object] {
        let error = hosted.compile(&[with("", &[])], Options { emit, ..Options::default() }).unwrap_err();
        assert!(error.to_string().contains("objects are linked with programs"), "{error}");
    }
    let memory = Hosted::new("m", r#"(module (func (export "_start")))"#, Machine::Host);
    let module = br#"(module (import "env" "memory" (memory 1)))"#.to_vec();
    let error = Hosted { module, ..memory }.refused(&[hosted.object("", &[])]);
    assert!(error.contains("memory `env.memory`"), "{error}");
}

/// Each module of several has imports of the host; those of one name are one function, which sees the
/// main module.
#[test]
fn modules_that_are_linked_share_the_functions_of_the_host() {
    let below = r#"(module (import "env" "say" (func $say (param i32)))
        (func (export "f") (call $say (i32.const 1))) (func $start (call $say (i32.const 100))) (start $start)
        (export "again" (func $say)))"#;
    let main = r#"(module (import "below" "f" (func $f)) (import "env" "say" (func $say (param i32)))
        (import "below" "again" (func $again (param i32))) (memory (export "memory") 1)
        (func (export "sum") (param i32) (i32.store (i32.const 8)
            (i32.add (i32.load (i32.const 8)) (local.get 0))))
        (func (export "_start") (call $f) (call $say (i32.const 20)) (call $again (i32.const 3))
            (if (i32.ne (i32.load (i32.const 8)) (i32.const 124)) (then unreachable))))"#;
    let hosted = Hosted::new(
        "main",
        r#"(module (import "env" "say" (func (param i32)))
        (func (export "sum") (param i32)))"#,
        Machine::Host,
    );
    let object = hosted.object(
        "wasmwright_trap_t main_import_env_say(void *user, wasmwright_main_t *instance, uint32_t p0) \
         { (void)user; return main_sum(instance, p0); }",
        &[],
    );
    let modules = linking::link(
        ModuleInput::new("main", main.as_bytes()),
        vec![ModuleInput::new("below", below.as_bytes())],
    );
    for options in variants() {
        let options = Options { host_objects: vec![object.clone()], ..options };
        let program =
            Compiler::new(options).compile_program(&modules.as_ref().unwrap().clone(), &Silent).unwrap();
        let output = hosted.run(&program, &[]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// An exception ends at the function in C that called.
#[test]
fn exceptions_do_not_cross_functions_in_c() {
    let module = r#"(module (import "env" "call" (func $call (param i32) (result i32))) (tag $e (param i32))
        (func (export "throw") (param i32) (throw $e (local.get 0)))
        (func (export "caught") (result i32) (block (result i32) (try_table (catch $e 0) (throw $e (i32.const 5)))
            (unreachable)))
        (func (export "_start") (drop (block (result i32)
            (try_table (catch $e 0) (if (i32.ne (call $call (i32.const 1)) (i32.const 14)) (then unreachable)))
            (return))) unreachable))"#;
    let hosted = Hosted::new("thrower", module, Machine::Host);
    let object = hosted.object(
        "wasmwright_trap_t thrower_import_env_call(void *user, wasmwright_thrower_t *instance, uint32_t p0, \
         uint32_t *r0) { (void)user; uint32_t five = 0; if (thrower_caught(instance, &five) || five != 5) \
         return WASMWRIGHT_FIRST_HOST_CODE; *r0 = thrower_throw(instance, p0); return WASMWRIGHT_OK; }",
        &["-fexceptions"],
    );
    for options in variants() {
        let output = hosted.run(&hosted.compile(std::slice::from_ref(&object), options).unwrap(), &[]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
