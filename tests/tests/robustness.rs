//! Bytes of every kind given to the compiler: whatever they are, it ends in time, with an artifact
//! or with an error that is the module's fault. It never panics, crashes or hangs.
//!
//! What is being compiled lies in a file meanwhile, so that a crash leaves its reproducer.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;
use wasmwright_compiler::options::{BoundsChecks, Optimization, Options, UnknownImports};
use wasmwright_compiler::{Compiler, Error};
use wasmwright_tests::programs::Source;
use wasmwright_tests::spec::corpus;
use wasmwright_tests::tier::is_full_tier;
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::{QuoteWat, Wast, WastDirective};

/// For one module, on a slow machine that does other things, too.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Modules of the specification's suite that are larger take too long.
const SMALL_BYTES: usize = 3000;

/// How a compilation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Compiled,
    Refused,
}

/// Where the module lies that a thread is compiling.
fn reproducer(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("robustness");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(format!("{name}.wasm"))
}

/// Options that differ from one module to the next; most often those that are quickest.
fn options(number: usize) -> Options {
    Options {
        optimization: if number % 4 == 3 { Optimization::O2 } else { Optimization::O0 },
        bounds_checks: if number % 3 == 2 { BoundsChecks::Explicit } else { BoundsChecks::Guard },
        unknown_imports: UnknownImports::Trap,
        jobs: std::num::NonZero::new(1),
        ..Options::default()
    }
}

/// Compiles bytes; asserts that this ends in time and as it should.
#[track_caller]
fn compile(bytes: &[u8], number: usize, reproducer: &Path) -> End {
    std::fs::write(reproducer, bytes).unwrap();
    let (sender, receiver) = mpsc::channel();
    let owned = bytes.to_vec();
    let worker = std::thread::spawn(move || {
        let result = Compiler::new(options(number)).compile("module", &owned).map(drop);
        // Nobody listens any more after the time limit.
        let _ = sender.send(result);
    });
    let place = format!("module {number}, kept as {}", reproducer.display());
    let result = match receiver.recv_timeout(TIME_LIMIT) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{place}, still compiles after {TIME_LIMIT:?}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("{place}, panics: {:?}", worker.join()),
    };
    match result {
        Ok(()) => End::Compiled,
        Err(error @ (Error::Internal(_) | Error::Link(_) | Error::Io { .. })) => panic!("{place}: {error}"),
        Err(error) => {
            assert!(!error.to_string().is_empty(), "{place}");
            End::Refused
        }
    }
}

/// A generator of reproducible numbers (xorshift).
struct Numbers(u64);

impl Numbers {
    fn new(seed: usize) -> Self {
        let mut numbers = Self(0x2545_f491_4f6c_dd1d ^ (seed as u64 + 1));
        // The first numbers of neighbouring seeds are alike.
        (0..8).for_each(|_| _ = numbers.next());
        numbers
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Flips some bits behind the header.
fn flip_bits(module: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut mutant = module.to_vec();
    for _ in 0..=numbers.below(3) {
        let position = 8 + numbers.below(module.len() - 8);
        mutant[position] ^= 1 << numbers.below(8);
    }
    mutant
}

/// Compiles modules that `make` makes of numbers, on all processors; how many compiled.
#[track_caller]
fn compile_all(name: &str, count: usize, make: impl Fn(usize) -> Vec<u8> + Sync) -> usize {
    let (next, compiled) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = |thread: usize| {
        let reproducer = reproducer(&format!("{name}-{thread}"));
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return std::fs::remove_file(&reproducer).unwrap_or_default();
            }
            if compile(&make(number), number, &reproducer) == End::Compiled {
                compiled.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|thread| drop(scope.spawn(move || work(thread)))));
    compiled.into_inner()
}

/// A module of clang's, with the C library's `printf`.
fn hello() -> Vec<u8> {
    Source::new("pipes").module()
}

#[test]
fn a_module_cut_off_anywhere_is_refused() {
    let module = hello();
    let step = if is_full_tier() { 1 } else { 61 };
    let lengths: Vec<usize> = (0..300).chain((300..module.len() - 1).step_by(step)).collect();
    let reproducer = reproducer("cut");
    for &length in &lengths {
        // What ends between two sections may be a valid module; nothing else is.
        let end = compile(&module[..length], 0, &reproducer);
        let is_whole = wasmparser::validate(&module[..length]).is_ok();
        assert_eq!(end == End::Compiled, is_whole, "{length} bytes");
    }
    std::fs::remove_file(reproducer).unwrap();
}

#[test]
fn bytes_that_are_no_module_are_refused() {
    let count = if is_full_tier() { 3000 } else { 600 };
    let header = b"\0asm\x01\0\0\0";
    let compiled = compile_all("random", count, |number| {
        let mut numbers = Numbers::new(number);
        let length = 1 + numbers.below(2000);
        let bytes = (0..length).map(|_| numbers.next() as u8);
        match number % 4 {
            0 => bytes.collect(),
            1 => header.iter().copied().chain(bytes).collect(),
            // A section of some kind whose length is right, and rubbish in it.
            2 => {
                let body: Vec<u8> = bytes.take(100).collect();
                let section = [numbers.below(14) as u8, body.len() as u8];
                [&header[..], &section, &body].concat()
            }
            _ => bytes.map(|byte| b"(module func)i32.const \"\\;0 x"[usize::from(byte) % 29]).collect(),
        }
    });
    // A custom section may hold anything.
    assert!(compiled < count / 10, "{compiled} of {count} compiled");
}

#[test]
fn damaged_programs_of_clang() {
    let module = hello();
    assert_eq!(compile(&module, 0, &reproducer("whole")), End::Compiled);
    let count = if is_full_tier() { 2000 } else { 100 };
    let compiled = compile_all("clang", count, |number| flip_bits(&module, &mut Numbers::new(number)));
    assert!(compiled > count / 20 && compiled < count, "{compiled} of {count} compiled");
}

#[test]
fn damaged_modules_of_the_specification() {
    let modules = modules_of_the_suite();
    assert!(modules.len() > 1000, "{} modules", modules.len());
    let count = if is_full_tier() { 20_000 } else { 800 };
    let compiled = compile_all("suite", count, |number| {
        let mut numbers = Numbers::new(number);
        flip_bits(&modules[numbers.below(modules.len())], &mut numbers)
    });
    assert!(compiled > count / 20 && compiled < count, "{compiled} of {count} compiled");
}

/// Every small module in any script of the official suite, of all proposals, valid or not.
fn modules_of_the_suite() -> Vec<Vec<u8>> {
    let mut modules: Vec<Vec<u8>> =
        corpus::scripts().iter().flat_map(|script| modules_of(script.text)).collect();
    modules.sort();
    modules.dedup();
    modules
}

fn modules_of(script: &str) -> Vec<Vec<u8>> {
    let mut lexer = Lexer::new(script);
    lexer.allow_confusing_unicode(true);
    let Ok(buffer) = ParseBuffer::new_with_lexer(lexer) else { return Vec::new() };
    let Ok(script) = parser::parse::<Wast>(&buffer) else { return Vec::new() };
    let modules = script.directives.into_iter().filter_map(|directive| match directive {
        WastDirective::Module(module) | WastDirective::ModuleDefinition(module) => Some(module),
        WastDirective::AssertInvalid { module, .. } | WastDirective::AssertMalformed { module, .. } => {
            Some(module)
        }
        _ => None,
    });
    modules
        .filter_map(|mut module: QuoteWat<'_>| module.encode().ok())
        .filter(|module| (9..SMALL_BYTES).contains(&module.len()))
        .collect()
}
