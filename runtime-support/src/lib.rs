//! The runtime of compiled programs.
#![no_std]
