//! The line table of a unit, by addresses.

use super::dwarf::{Module, Reader};
use super::model::{SourceFile, SourcePlace};
use std::collections::HashMap;
use std::ops::Range;

/// Places in the source by ascending address.
#[derive(Debug, Default)]
pub struct Lines {
    rows: Vec<(u64, SourcePlace)>,
    /// Where prologues end; sorted.
    prologue_ends: Vec<u64>,
}

impl Lines {
    /// Reads the line program of a unit.
    pub fn read<'a>(module: &mut Module<'_, 'a>, unit: usize) -> gimli::Result<Self> {
        let Some(program) = module.units[unit].line_program.clone() else { return Ok(Self::default()) };
        let mut files: HashMap<u64, Option<usize>> = HashMap::new();
        let (mut rows, mut prologue_ends) = (Vec::new(), Vec::new());
        let mut program = program.rows();
        while let Some((header, row)) = program.next_row()? {
            let number = row.file_index();
            let known = match files.get(&number) {
                Some(&known) => known,
                None => {
                    let file = row.file(header).map(|entry| file(module, unit, header, entry)).transpose()?;
                    files.insert(number, file);
                    file
                }
            };
            let column = match row.column() {
                gimli::ColumnType::LeftEdge => 0,
                gimli::ColumnType::Column(column) => column.get() as u32,
            };
            let line = if row.end_sequence() { 0 } else { row.line().map_or(0, |line| line.get() as u32) };
            rows.push((row.address(), SourcePlace { file: known, line, column }));
            prologue_ends.extend(row.prologue_end().then_some(row.address()));
        }
        // Of rows for one address the last one holds.
        rows.sort_by_key(|&(address, _)| address);
        rows.reverse();
        rows.dedup_by_key(|&mut (address, _)| address);
        rows.reverse();
        prologue_ends.sort_unstable();
        Ok(Self { rows, prologue_ends })
    }

    /// The rows that hold in a range.
    pub fn of(&self, range: Range<u64>) -> &[(u64, SourcePlace)] {
        let first = self.rows.partition_point(|&(address, _)| address <= range.start).saturating_sub(1);
        let end = self.rows.partition_point(|&(address, _)| address < range.end);
        self.rows.get(first..end).unwrap_or_default()
    }

    /// Where the prologue of the function with that code ends.
    pub fn prologue_end(&self, range: Range<u64>) -> Option<u64> {
        let first = self.prologue_ends.partition_point(|&address| address < range.start);
        self.prologue_ends.get(first).copied().filter(|address| range.contains(address))
    }
}

/// A file of a line table's header.
pub fn file<'a>(
    module: &mut Module<'_, 'a>,
    unit: usize,
    header: &gimli::LineProgramHeader<Reader<'a>>,
    entry: &gimli::FileEntry<Reader<'a>>,
) -> gimli::Result<usize> {
    let path = module.text(unit, Some(entry.path_name()))?.unwrap_or_default();
    let folder = match entry.directory_index() {
        // Before version 5 this is where the unit was compiled, which the table does not repeat.
        0 if header.version() < 5 => None,
        _ => module.text(unit, entry.directory(header))?,
    };
    let base = module.folder_of(unit);
    let path = [base.as_str(), folder.as_deref().unwrap_or_default(), &path]
        .iter()
        .fold(std::path::PathBuf::new(), |path, part| path.join(part));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(module.file(SourceFile { name, folder }))
}
