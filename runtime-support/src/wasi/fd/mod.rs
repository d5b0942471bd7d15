//! Functions on descriptors, one file per group.

pub mod filestat;
pub mod flags;
pub mod lifecycle;
pub mod position;
pub mod prestat;
pub mod read;
pub mod readdir;
pub mod storage;
pub mod write;
