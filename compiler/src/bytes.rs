//! Values as bytes, for files that only this build of the tool reads: equal values have equal bytes.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The bytes of a value.
pub fn of<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).expect("a growing buffer takes everything")
}

/// The value that bytes are. They have to be as [`of`] wrote them: checksums find damage before.
pub fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T> {
    postcard::from_bytes(bytes)
        .map_err(|error| Error::internal(format!("an intact file is not understood: {error}")))
}
