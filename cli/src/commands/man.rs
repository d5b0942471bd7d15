//! `man`: the manual, from the same table as the arguments.

use super::print;
use crate::args::Arguments;
use crate::failure::Failure;
use clap::CommandFactory;
use clap_mangen::Man;
use std::path::Path;

/// Prints the main page, or writes all pages into a folder.
pub fn execute(folder: Option<&Path>) -> Result<(), Failure> {
    let command = Arguments::command();
    if let Some(folder) = folder {
        let failed =
            |error| Failure::new(format!("cannot write manual pages in {}: {error}", folder.display()));
        return std::fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(command, folder))
            .map_err(failed);
    }
    let mut page = Vec::new();
    Man::new(command).render(&mut page).map_err(Failure::output)?;
    print(&String::from_utf8_lossy(&page))
}
