//! Results in, Markdown out.

use crate::results::{Figures, Results};
use crate::statistics::median;
use std::fmt::Write;

/// The whole report.
pub fn markdown(results: &Results) -> String {
    let mut text = heading(results);
    text += &times(results);
    text += &costs(results);
    text += &start_up(results);
    text += &mistakes(results);
    text
}

fn heading(results: &Results) -> String {
    let machine = &results.machine;
    format!(
        "## CPU time against native code ({} build)\n\n{} x {}, load {} at the beginning; sizes divided by {}. \
         Medians of user and system time, divided by the native build's; lower is better.\n\n",
        results.build, machine.processors, machine.processor, machine.load, results.size_divisor
    )
}

fn times(results: &Results) -> String {
    let mut rows = Vec::new();
    for program in &results.programs {
        let native = program.measurements[0].figures();
        let mut row = vec![
            program.name.clone(),
            native.map_or_else(String::new, |figures| format!("{:.3}", figures.median_seconds())),
        ];
        for column in 1..results.contenders.len() {
            let ratio = results.time_ratio(program, column);
            row.push(ratio.map_or_else(|| "wrong".into(), |ratio| format!("{ratio:.2}")));
        }
        rows.push(row);
    }
    let mut means = vec!["**geometric mean**".to_owned(), String::new()];
    let mut spreads = vec!["spread of the rounds".to_owned()];
    for column in 0..results.contenders.len() {
        if column > 0 {
            means.push(format!("**{:.3}**", results.mean_ratio(column, Figures::median_seconds)));
        }
        let all: Vec<f64> = results.figures(column).map(Figures::spread).collect();
        spreads.push(format!("{:.1} %", median(&all) * 100.0));
    }
    rows.extend([means, spreads]);
    let mut header = vec!["program".to_owned(), format!("{}, s", results.contenders[0])];
    header.extend_from_slice(&results.contenders[1..]);
    table(&header, &rows)
}

fn costs(results: &Results) -> String {
    let header = ["", "compile time, CPU s", "output, KiB", "peak memory over native's"].map(str::to_owned);
    let row = |(column, name): (usize, &String)| {
        let of =
            |figure: fn(&Figures) -> f64| median(&results.figures(column).map(figure).collect::<Vec<_>>());
        let compile = of(|figures| figures.compilation.cpu_seconds);
        let output = of(|figures| figures.artifact_bytes as f64 / 1024.0);
        let memory = results.mean_ratio(column, |figures| figures.peak_memory_bytes as f64);
        vec![name.clone(), format!("{compile:.2}"), format!("{output:.0}"), format!("{memory:.2}")]
    };
    let rows: Vec<_> = results.contenders.iter().enumerate().map(row).collect();
    format!("\n## What it costs (medians; memory: geometric mean)\n\n{}", table(&header, &rows))
}

fn start_up(results: &Results) -> String {
    if results.start_up.iter().all(|entry| entry.cpu_seconds.is_empty()) {
        return String::new();
    }
    let header = ["", "CPU time, ms", "launches"].map(str::to_owned);
    let rows: Vec<_> = results
        .start_up
        .iter()
        .map(|entry| {
            let time = format!("{:.2}", median(&entry.cpu_seconds) * 1000.0);
            vec![entry.contender.clone(), time, entry.cpu_seconds.len().to_string()]
        })
        .collect();
    format!("\n## Start-up (a program that says hello)\n\n{}", table(&header, &rows))
}

/// What was no figure, and why.
fn mistakes(results: &Results) -> String {
    let mut text = String::new();
    for program in &results.programs {
        for (name, measurement) in results.contenders.iter().zip(&program.measurements) {
            if let crate::results::Measurement::Wrong(reason) = measurement {
                let _ = writeln!(text, "- {name}, {}: {}", program.name, reason.replace('\n', " "));
            }
        }
    }
    if text.is_empty() { text } else { format!("\n## Wrong or failed\n\n{text}") }
}

fn table(header: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule: Vec<_> =
        (0..header.len()).map(|cell| if cell == 0 { "---" } else { "---:" }.to_owned()).collect();
    let body: String = rows.iter().map(|row| line(row)).collect();
    line(header) + &line(&rule) + &body
}
