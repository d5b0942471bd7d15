//! What a compilation tells while it works: a progress bar on a terminal, notes with `-v`, the
//! time and peak memory of each stage with `--timings`, or what each thread did.

use crate::args::{CodeArguments, MessageFormat};
use crate::failure::Failure;
use crate::json::Message;
use crate::output::write_whole;
use crate::trace::Trace;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use wasmwright_compiler::progress::{Progress, Stage};

/// Told by the compiler, tells the user.
pub struct Reporter {
    format: MessageFormat,
    verbose: bool,
    timings: bool,
    trace: Option<(PathBuf, Trace)>,
    bar: ProgressBar,
    taken: Mutex<Vec<Taken>>,
}

/// What a stage took.
struct Taken {
    stage: &'static str,
    time: Duration,
    peak_bytes: Option<u64>,
}

impl Reporter {
    /// A reporter that shows what was asked for.
    pub fn new(arguments: &CodeArguments, format: MessageFormat) -> Self {
        let visible = format == MessageFormat::Human && !arguments.verbose && std::io::stderr().is_terminal();
        let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if visible {
            // A large unit can take minutes without advancing.
            bar.enable_steady_tick(Duration::from_secs(1));
        }
        let (verbose, timings) = (arguments.verbose, arguments.timings == Some(None));
        let trace = arguments.timings.clone().flatten().map(|path| (path, Trace::new()));
        Self { format, verbose, timings, trace, bar, taken: Mutex::default() }
    }

    /// Takes the bar away and tells the timings.
    pub fn finish(&self) -> Result<(), Failure> {
        self.bar.finish_and_clear();
        if let Some((path, trace)) = &self.trace {
            write_whole(path, trace.to_json().as_bytes())?;
        }
        if !self.timings {
            return Ok(());
        }
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match self.format {
            MessageFormat::Human => eprint!("{}", table(&taken)),
            MessageFormat::Json => taken.iter().for_each(|taken| taken.message().print()),
        }
        Ok(())
    }
}

impl Progress for Reporter {
    fn begin(&self, stage: Stage, work: u64) {
        if self.timings {
            reset_peak_memory();
        }
        self.bar.set_position(0);
        self.bar.set_length(work);
        self.bar.set_style(style(work));
        self.bar.set_message(stage.name());
    }

    fn advance(&self, _stage: Stage, work: u64) {
        self.bar.inc(work);
    }

    fn part(&self, name: &str, start: Instant) {
        if let Some((_, trace)) = &self.trace {
            trace.add("unit", name, start);
        }
    }

    fn end(&self, stage: Stage, time: Duration) {
        if let Some((_, trace)) = &self.trace {
            trace.add_stage(stage.name(), time);
        }
        let taken = Taken { stage: stage.name(), time, peak_bytes: peak_memory_bytes() };
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).push(taken);
    }

    fn warning(&self, text: &str) {
        match self.format {
            MessageFormat::Human => self.bar.suspend(|| eprintln!("wasmwright: warning: {text}")),
            MessageFormat::Json => Message::Warning { message: text }.print(),
        }
    }

    fn note(&self, text: &str) {
        match self.format {
            _ if !self.verbose => {}
            MessageFormat::Human => self.bar.suspend(|| eprintln!("wasmwright: {text}")),
            MessageFormat::Json => Message::Note { message: text }.print(),
        }
    }
}

impl Taken {
    fn message(&self) -> Message<'static> {
        Message::Timing { stage: self.stage, seconds: self.time.as_secs_f64(), peak_bytes: self.peak_bytes }
    }
}

/// The bar of a stage; without known work only its name.
fn style(work: u64) -> ProgressStyle {
    let template = if work > 1 { "{msg:>10} [{bar:40}] {percent:>3}% {elapsed}" } else { "{msg:>10}" };
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

fn table(stages: &[Taken]) -> String {
    let mut table = format!("{:<10} {:>10} {:>12}\n", "stage", "time", "peak memory");
    let row = |name: &str, time: Duration, peak: Option<u64>| {
        let peak = peak.map_or_else(
            || "unknown".into(),
            |bytes| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
        );
        format!("{name:<10} {:>8.3} s {peak:>12}\n", time.as_secs_f64())
    };
    for taken in stages {
        table += &row(taken.stage, taken.time, taken.peak_bytes);
    }
    let total = stages.iter().map(|taken| taken.time).sum();
    table + &row("all", total, stages.iter().filter_map(|taken| taken.peak_bytes).max())
}

/// Has the kernel forget the peak so far, where it can.
fn reset_peak_memory() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that the process held since the last reset.
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_of_a_stage_is_its_own() {
        reset_peak_memory();
        let before = peak_memory_bytes().unwrap();
        let held = std::hint::black_box(vec![1_u8; 64 << 20]);
        let during = peak_memory_bytes().unwrap();
        drop(held);
        reset_peak_memory();
        let after = peak_memory_bytes().unwrap();
        assert!(during >= before + (60 << 20), "{before} {during}");
        assert!(after + (60 << 20) <= during, "{during} {after}");
    }

    #[test]
    fn the_table_ends_with_the_sum_and_the_highest_peak() {
        let taken = |stage, seconds, mebibytes: u64| Taken {
            stage,
            time: Duration::from_secs(seconds),
            peak_bytes: Some(mebibytes << 20),
        };
        let table = table(&[taken("parse", 1, 20), taken("link", 2, 10)]);
        assert_eq!(table.lines().last(), Some("all           3.000 s     20.0 MiB"));
    }
}
