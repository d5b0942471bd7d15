//! `cargo run -- Wikipedia`, in this folder.

mod checksum;

use checksum::Checksum;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let text = std::env::args().nth(1).unwrap_or_default();
    let mut checksum = Checksum::new()?;
    println!("{:08x}, trap 0", checksum.of(text.as_bytes())?);
    // Beyond the end of its memory: the call ends, the instance stays usable.
    if let Err(trap) = checksum.adler32(65536, 1) {
        println!("{trap}");
    }
    Ok(())
}
