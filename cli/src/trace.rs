//! What each thread did and when, as trace viewers read it: Chrome's Trace Event Format, an array of
//! complete events whose times are in microseconds.

use serde::Serialize;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Collects events from any thread.
#[derive(Debug)]
pub struct Trace {
    begin: Instant,
    events: Mutex<Vec<Event>>,
}

#[derive(Clone, Debug, Serialize)]
struct Event {
    name: String,
    #[serde(rename = "cat")]
    category: &'static str,
    /// `X`: complete.
    #[serde(rename = "ph")]
    phase: &'static str,
    #[serde(rename = "ts")]
    start_microseconds: u128,
    #[serde(rename = "dur")]
    duration_microseconds: u128,
    #[serde(rename = "pid")]
    process: u32,
    #[serde(rename = "tid")]
    thread: u64,
}

impl Trace {
    /// One that begins now.
    pub fn new() -> Self {
        Self { begin: Instant::now(), events: Mutex::default() }
    }

    /// Something that this thread has done from `start` until now.
    pub fn add(&self, category: &'static str, name: &str, start: Instant) {
        let event = Event {
            name: name.to_owned(),
            category,
            phase: "X",
            start_microseconds: start.saturating_duration_since(self.begin).as_micros(),
            duration_microseconds: start.elapsed().as_micros(),
            process: std::process::id(),
            thread: thread(),
        };
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// A stage that ends now and took that long.
    pub fn add_stage(&self, name: &str, time: Duration) {
        self.add("stage", name, Instant::now().checked_sub(time).unwrap_or(self.begin));
    }

    /// All of it, in the order of the beginnings.
    pub fn to_json(&self) -> String {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner).clone();
        events.sort_by_key(|event| event.start_microseconds);
        serde_json::to_string(&events).expect("strings and numbers have a form in JSON")
    }
}

/// The kernel's number of this thread.
fn thread() -> u64 {
    u64::from(rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_in_the_order_of_their_beginnings() {
        let trace = Trace::new();
        let start = Instant::now();
        trace.add("unit", "inner", Instant::now());
        trace.add("unit", "outer", start);
        let events: serde_json::Value = serde_json::from_str(&trace.to_json()).unwrap();
        let names: Vec<&str> =
            events.as_array().unwrap().iter().map(|event| event["name"].as_str().unwrap()).collect();
        assert!(names.contains(&"inner") && names.contains(&"outer"));
        for event in events.as_array().unwrap() {
            assert_eq!(event["ph"], "X");
            assert!(event["ts"].is_u64() && event["dur"].is_u64() && event["tid"].as_u64() > Some(0));
        }
        assert!(events[0]["ts"].as_u64() <= events[1]["ts"].as_u64());
    }
}
