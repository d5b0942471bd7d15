//! The rows of a sequence, as LLVM writes them → as users get them.

use std::ops::Range;

/// A row, in DWARF's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub address: u64,
    pub place: Place,
    /// The number of a position; 0 is none.
    pub discriminator: u64,
    pub is_stmt: bool,
    pub prologue_end: bool,
    pub epilogue_begin: bool,
}

/// A place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Position in the table's header.
    pub file: u64,
    /// 0 where it is not known.
    pub line: u64,
    /// 0 where it is not known.
    pub column: u64,
}

/// A function, and the numbers of the positions in its prologue.
#[derive(Debug)]
pub struct Prologue {
    /// Its code, as addresses.
    pub code: Range<u64>,
    /// The numbers.
    pub numbers: Range<u32>,
}

impl Row {
    /// A row of an object.
    pub fn new(row: &gimli::LineRow) -> Self {
        let column = match row.column() {
            gimli::ColumnType::LeftEdge => 0,
            gimli::ColumnType::Column(column) => column.get(),
        };
        let line = row.line().map_or(0, std::num::NonZeroU64::get);
        Self {
            address: row.address(),
            place: Place { file: row.file_index(), line, column },
            discriminator: row.discriminator(),
            is_stmt: row.is_stmt(),
            prologue_end: row.prologue_end(),
            epilogue_begin: row.epilogue_begin(),
        }
    }

    fn is_flagged(&self) -> bool {
        self.is_stmt || self.prologue_end || self.epilogue_begin
    }
}

impl Prologue {
    /// Whether the function's body begins there.
    fn ends_at(&self, row: &Row) -> bool {
        row.discriminator != 0 && !self.numbers.contains(&(row.discriminator as u32))
    }
}

/// Makes the rows of a sequence those of the source. The last one ends it; `prologues` are sorted.
pub fn of_source(mut rows: Vec<Row>, prologues: &[Prologue]) -> Vec<Row> {
    let Some((end, start)) = rows.pop().zip(rows.first().map(|row| row.address)) else { return rows };
    let mut is_gone = vec![false; rows.len()];
    let first = prologues.partition_point(|prologue| prologue.code.start < start);
    for prologue in prologues[first..].iter().take_while(|prologue| prologue.code.start < end.address) {
        let first = rows.partition_point(|row| row.address < prologue.code.start);
        let after = rows.partition_point(|row| row.address < prologue.code.end);
        let function = &mut rows[first..after];
        let Some(body) = function.iter().position(|row| prologue.ends_at(row)) else { continue };
        is_gone[first..first + body].iter_mut().skip(1).for_each(|is_gone| *is_gone = true);
        function.iter_mut().for_each(|row| row.prologue_end = false);
        (function[body].is_stmt, function[body].prologue_end) = (true, true);
    }
    let mut kept: Vec<Row> = Vec::with_capacity(rows.len());
    for (row, _) in rows.into_iter().zip(is_gone).filter(|&(_, is_gone)| !is_gone) {
        let repeats = kept.last().is_some_and(|before| before.place == row.place);
        if row.is_flagged() || !repeats {
            kept.push(row);
        }
    }
    kept.push(end);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(address: u64, line: u64, discriminator: u64) -> Row {
        let place = Place { file: 1, line, column: 0 };
        let is_stmt = discriminator == 0;
        Row { address, place, discriminator, is_stmt, prologue_end: false, epilogue_begin: false }
    }

    #[test]
    fn a_prologue_is_one_row() {
        let llvms = Row { prologue_end: true, ..row(4, 7, 11) };
        let rows = vec![row(0, 7, 0), llvms, row(8, 7, 13), row(12, 7, 20), row(16, 7, 21), row(20, 7, 0)];
        let prologues = [Prologue { code: 0..20, numbers: 10..20 }];
        let body = Row { is_stmt: true, prologue_end: true, ..row(12, 7, 20) };
        assert_eq!(of_source(rows, &prologues), [row(0, 7, 0), body, row(20, 7, 0)]);
    }

    #[test]
    fn rows_that_say_nothing_new_are_gone_but_where_functions_begin() {
        let rows =
            vec![row(0, 7, 0), row(4, 7, 1), row(8, 8, 2), row(12, 8, 3), row(16, 8, 0), row(20, 8, 0)];
        let kept = [row(0, 7, 0), row(8, 8, 2), row(16, 8, 0), row(20, 8, 0)];
        assert_eq!(of_source(rows, &[]), kept);
    }
}
