//! What ends a guest that would not come to an end by itself.

use super::library_plan::has_interface;
use crate::error::{Error, Result};
use crate::options::{Entry, Options};

/// Whether other threads can end calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// No.
    None,
    /// Code looks for a request where it may go round without end.
    Polled,
}

impl Interruption {
    pub(super) fn choose(options: &Options) -> Result<Self> {
        match (options.library.interruptible, options.is_library()) {
            (false, _) => Ok(Self::None),
            (true, true) => Ok(Self::Polled),
            (true, false) => Err(Error::Option(
                "--interruptible is for libraries: signals end a program, or its --fuel".into(),
            )),
        }
    }
}

/// Whether executed instructions are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metering {
    /// No.
    None,
    /// What is left is in the artifact.
    OfProgram {
        /// What there is at first.
        initial: u64,
    },
    /// What is left belongs to an instance.
    OfInstance {
        /// What there is at first, if the host says nothing else.
        initial: u64,
    },
}

impl Metering {
    pub(super) fn choose(options: &Options) -> Result<Self> {
        let Some(initial) = options.fuel else { return Ok(Self::None) };
        if i64::try_from(initial).is_err() {
            return Err(Error::Option(format!("--fuel={initial} is more than the {} that can be", i64::MAX)));
        }
        if !options.is_library() && options.entry != Entry::Script {
            return Ok(Self::OfProgram { initial });
        }
        match has_interface(options) {
            true => Ok(Self::OfInstance { initial }),
            false => Err(Error::Option("a script has no fuel".into())),
        }
    }

    /// Whether code counts.
    pub fn counts(self) -> bool {
        self != Self::None
    }
}
