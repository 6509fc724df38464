//! A directory that remembers which bytes were read through it.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Result;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    DirectoryLock, FileHandle, Lock, MmapDirectory, OwnedBytes, WatchCallback, WatchHandle,
    WritePtr,
};
use tantivy::{Directory, HasLen};

/// By file, in the order of reading.
type Reads = BTreeMap<PathBuf, Vec<Range<usize>>>;

#[derive(Clone, Debug)]
pub struct RecordingDirectory {
    inner: MmapDirectory,
    reads: Arc<Mutex<Reads>>,
}

impl RecordingDirectory {
    pub fn open(folder: &Path) -> Result<RecordingDirectory> {
        Ok(RecordingDirectory { inner: MmapDirectory::open(folder)?, reads: Arc::default() })
    }

    /// What was read until now.
    pub fn reads(&self) -> Reads {
        self.reads.lock().expect("no reader panics").clone()
    }
}

#[derive(Debug)]
struct RecordingHandle {
    path: PathBuf,
    inner: Arc<dyn FileHandle>,
    reads: Arc<Mutex<Reads>>,
}

fn note(reads: &Mutex<Reads>, path: &Path, range: Range<usize>) {
    let mut reads = reads.lock().expect("no reader panics");
    reads.entry(path.to_owned()).or_default().push(range);
}

impl HasLen for RecordingHandle {
    fn len(&self) -> usize {
        self.inner.len()
    }
}

impl FileHandle for RecordingHandle {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        note(&self.reads, &self.path, range.clone());
        self.inner.read_bytes(range)
    }
}

impl Directory for RecordingDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let inner = self.inner.get_file_handle(path)?;
        Ok(Arc::new(RecordingHandle { path: path.to_owned(), inner, reads: self.reads.clone() }))
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.inner.exists(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let bytes = self.inner.atomic_read(path)?;
        note(&self.reads, path, 0..bytes.len());
        Ok(bytes)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.inner.delete(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        self.inner.open_write(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.inner.atomic_write(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.inner.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.inner.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.inner.watch(callback)
    }
}
