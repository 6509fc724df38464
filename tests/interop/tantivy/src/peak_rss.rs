//! What this process took while something ran: the kernel's high-water mark, which misses nothing,
//! and peaks by kind, which the kernel does not keep and which are therefore sampled.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{json, Map, Value};

const SAMPLE_INTERVAL: Duration = Duration::from_millis(1);
const STATUS: &str = "/proc/self/status";

/// Keys of the result and what /proc/self/status calls them.
const KINDS: [(&str, &str); 3] = [
    ("peak_rss_anon_bytes", "RssAnon:"),
    ("peak_rss_file_bytes", "RssFile:"),
    ("peak_rss_shmem_bytes", "RssShmem:"),
];

fn bytes_of(status: &str, name: &str) -> Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    Ok(1024 * number.with_context(|| format!("{STATUS} has no {name}"))?)
}

#[derive(Default)]
struct Sampled {
    peaks: [u64; KINDS.len()],
    samples: u64,
}

impl Sampled {
    fn add(&mut self) -> Result<()> {
        let status = fs::read_to_string(STATUS)?;
        for (peak, (_, name)) in self.peaks.iter_mut().zip(KINDS) {
            *peak = (*peak).max(bytes_of(&status, name)?);
        }
        self.samples += 1;
        Ok(())
    }
}

/// A window over this process, from `begin` to `end`.
pub struct PeakRss {
    floor_bytes: u64,
    stop: Arc<AtomicBool>,
    sampler: JoinHandle<Result<Sampled>>,
}

impl PeakRss {
    /// Resets the kernel's high-water mark and starts sampling.
    pub fn begin() -> Result<PeakRss> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let sampler = thread::spawn(move || {
            let mut sampled = Sampled::default();
            while !stopped.load(Ordering::Relaxed) {
                sampled.add()?;
                thread::sleep(SAMPLE_INTERVAL);
            }
            sampled.add()?;
            Ok(sampled)
        });
        fs::write("/proc/self/clear_refs", "5").context("/proc/self/clear_refs")?;
        let floor_bytes = bytes_of(&fs::read_to_string(STATUS)?, "VmHWM:")?;
        Ok(PeakRss { floor_bytes, stop, sampler })
    }

    pub fn end(self) -> Result<Map<String, Value>> {
        let peak_bytes = bytes_of(&fs::read_to_string(STATUS)?, "VmHWM:")?;
        self.stop.store(true, Ordering::Relaxed);
        let sampled = self.sampler.join().expect("the sampler does not panic")?;
        let mut found = Map::new();
        found.insert("floor_rss_bytes".into(), json!(self.floor_bytes));
        found.insert("peak_rss_bytes".into(), json!(peak_bytes));
        for ((key, _), peak) in KINDS.iter().zip(sampled.peaks) {
            found.insert((*key).into(), json!(peak));
        }
        found.insert("kinds".into(), json!("sampled every millisecond"));
        found.insert("samples".into(), json!(sampled.samples));
        Ok(found)
    }
}
