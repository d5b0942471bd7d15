//! Results in, a plot of ratios out: a row for each program, a dot for each contender.

use crate::results::Results;
use anyhow::{Result, anyhow};
use plotters::prelude::*;
use plotters::style::full_palette::{GREY, LIGHTBLUE, ORANGE, PINK, PURPLE, TEAL};
use std::path::Path;

const COLOURS: [RGBColor; 9] = [BLACK, GREY, RED, ORANGE, BLUE, LIGHTBLUE, TEAL, PURPLE, PINK];
const ROW_PIXELS: usize = 22;
const FRAME_PIXELS: usize = 140;
/// Ratios beyond this stand at the edge.
const LARGEST: f64 = 8.0;
const SMALLEST: f64 = 0.25;

/// Writes the plot as SVG.
pub fn write(results: &Results, path: &Path) -> Result<()> {
    draw(results, path).map_err(|error| anyhow!("cannot write {}: {error}", path.display()))
}

fn draw(results: &Results, path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let rows = results.programs.len();
    let height = u32::try_from(rows * ROW_PIXELS + FRAME_PIXELS)?;
    let area = SVGBackend::new(path, (960, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let title = format!("CPU time against native code ({} build, lower is better)", results.build);
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(150)
        .build_cartesian_2d((SMALLEST..LARGEST).log_scale().base(2.0), -0.5..rows as f64 - 0.5)?;
    // The first program stands at the top.
    let place = |row: usize| (rows - 1 - row) as f64;
    let name = |position: &f64| {
        let row = rows as f64 - 1.0 - position;
        let program = (row.fract() == 0.0).then(|| results.programs.get(row as usize)).flatten();
        program.map_or_else(String::new, |program| program.name.clone())
    };
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .y_labels(2 * rows + 2)
        .y_label_formatter(&name)
        .x_label_formatter(&|ratio| format!("{ratio}"))
        .x_desc("ratio to native, logarithmic")
        .draw()?;
    for (column, contender) in results.contenders.iter().enumerate().skip(1) {
        let colour = COLOURS[column % COLOURS.len()];
        let dots = results.programs.iter().enumerate().filter_map(|(row, program)| {
            let ratio = results.time_ratio(program, column)?.clamp(SMALLEST, LARGEST);
            Some(Circle::new((ratio, place(row)), 4, colour.mix(0.8).filled()))
        });
        chart
            .draw_series(dots)?
            .label(contender)
            .legend(move |(x, y)| Circle::new((x + 8, y), 4, colour.filled()));
    }
    chart.draw_series(LineSeries::new([(1.0, -0.5), (1.0, rows as f64 - 0.5)], BLACK))?;
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.9))
        .border_style(GREY)
        .draw()?;
    area.present()?;
    Ok(())
}
